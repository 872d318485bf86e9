import type { Push } from "../model/push.ts";
import { type Pepper, seal, unseal } from "../tokens/seal.ts";

const PURPOSE = "patrol delivery seal";

/** The part of a push that the inbox keeps. Sealed, because a ref or a name is text of strangers and may be a token. */
export type PushContent = Omit<Push, "deliveryId" | "receivedAt">;

export function sealPush(peppers: readonly Pepper[], deliveryId: string, content: PushContent): Buffer {
  return seal(peppers, PURPOSE, deliveryId, Buffer.from(JSON.stringify(content)));
}

/** @throws PatrolError as `unseal` does. */
export function unsealPush(
  peppers: readonly Pepper[],
  delivery: { readonly id: string; readonly sealed: Uint8Array; readonly receivedAt: Date },
): Push {
  const content = JSON.parse(unseal(peppers, PURPOSE, delivery.id, delivery.sealed).toString()) as PushContent;
  return { ...content, deliveryId: delivery.id, receivedAt: delivery.receivedAt };
}
