import { createHmac, randomUUID } from "node:crypto";

export interface Hook {
  readonly url: string;
  readonly secret: string;
}

/** One event, as GitHub would POST it. */
export interface Delivery {
  readonly guid: string;
  readonly event: string;
  readonly payload: object;
  /** The bytes that are signed and sent. */
  readonly body: Buffer;
}

export interface DeliveryAttempt {
  readonly guid: string;
  readonly event: string;
  readonly deliveredAt: Date;
  readonly durationMs: number;
  /** Undefined: nobody answered before the deadline. */
  readonly status: number | undefined;
  readonly isRedelivery: boolean;
}

export function makeDelivery<Payload extends object>(event: string, payload: Payload): Delivery & { payload: Payload } {
  return { guid: randomUUID(), event, payload, body: Buffer.from(JSON.stringify(payload)) };
}

/** The headers that GitHub sends, with the signature over the body. */
function deliveryHeaders(delivery: Delivery, secret: string): Record<string, string> {
  return {
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/stand-in",
    "x-github-event": delivery.event,
    "x-github-delivery": delivery.guid,
    "x-github-hook-id": "1",
    "x-github-hook-installation-target-id": "0",
    "x-github-hook-installation-target-type": "integration",
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(delivery.body).digest("hex")}`,
  };
}

/** Sends once and waits `deadlineMs` for the answer's headers, as GitHub does; it never tries again by itself. */
export async function send(hook: Hook, delivery: Delivery, deadlineMs: number): Promise<number | undefined> {
  try {
    const response = await fetch(hook.url, {
      method: "POST",
      headers: deliveryHeaders(delivery, hook.secret),
      body: new Uint8Array(delivery.body),
      redirect: "manual",
      signal: AbortSignal.timeout(deadlineMs),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
