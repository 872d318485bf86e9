/** A mail ready to send. Built only by `render`; holds no token text. */
export interface Mail {
  /** Deterministic: the same mail sent twice is one message to whoever reads it. Without angle brackets. */
  readonly messageId: string;
  /** Message-ID of the first mail of the thread, when this is a later one. */
  readonly inReplyTo?: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Mailer {
  /** Resolves when the mail is kept or accepted by the server. Throws `mail-failed`, and then may be called again. */
  send(mail: Mail): Promise<void>;
  close(): Promise<void>;
}
