import { IncomingMessage, type ServerResponse } from "node:http";
import { PatrolError } from "../model/errors.ts";

/** A body may come in so many pieces of any size; then they must be this large on average. */
const PIECES = 1_024;
const PIECE_BYTES = 128;

/**
 * A request whose body may come in many pieces only when they are not tiny: each costs far more than its bytes, whether
 * somebody reads it or not. Who sends such is cut off at once, unanswered, since an answer would have to be waited for.
 */
export class Incoming extends IncomingMessage {
  #pieces = 0;
  #bytes = 0;

  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    if (this.destroyed) return false;
    if (chunk instanceof Buffer) {
      this.#bytes += chunk.length;
      if (++this.#pieces > PIECES && this.#bytes < this.#pieces * PIECE_BYTES) {
        this.destroy(new PatrolError("request-invalid", "The body comes in too many small pieces."));
        return false;
      }
    }
    return super.push(chunk, encoding);
  }
}

/**
 * Lets go of what is still to come of a body when the request is answered: most senders look at the answer only when they
 * have sent all. It may take `restMs` once the answer is out. Call it before the request is handled.
 */
export function passOverRest(incoming: IncomingMessage, outgoing: ServerResponse, restMs: number): void {
  // Told that its body is wanted, Node leaves the rest to us; else it passes by `push`, however small the pieces are.
  incoming.read(0);
  outgoing.once("finish", () => {
    if (incoming.complete) return void incoming.resume();
    const cut = setTimeout(() => incoming.destroy(), restMs);
    incoming.once("close", () => clearTimeout(cut)).resume();
  });
}
