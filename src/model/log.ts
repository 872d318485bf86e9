/** Where parts write what operators should see. Pino's loggers fit. Fields and messages hold no text of strangers, unless masked. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
