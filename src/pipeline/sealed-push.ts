import type { Publication, Push } from "../model/push.ts";
import { type Pepper, seal, unseal } from "../tokens/seal.ts";

const PURPOSE = "patrol delivery seal";

/** The part of a push that the inbox keeps. Sealed, because a ref or a name is text of strangers and may be a token. */
export type PushContent = Omit<Push, "deliveryId" | "receivedAt">;
/** The same of a repository that was made public. */
export type PublicationContent = Omit<Publication, "deliveryId" | "receivedAt">;

export function sealPush(
  peppers: readonly Pepper[],
  deliveryId: string,
  content: PushContent | PublicationContent,
): Buffer {
  return seal(peppers, PURPOSE, deliveryId, Buffer.from(JSON.stringify(content)));
}

/** @throws PatrolError as `unseal` does. */
export function unsealPush(
  peppers: readonly Pepper[],
  delivery: { readonly id: string; readonly sealed: Uint8Array; readonly receivedAt: Date },
): Push | Publication {
  const text = unseal(peppers, PURPOSE, delivery.id, delivery.sealed).toString();
  const content = JSON.parse(text) as PushContent | PublicationContent;
  return { ...content, deliveryId: delivery.id, receivedAt: delivery.receivedAt };
}
