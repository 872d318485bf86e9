import type { Secret } from "../model/secret.ts";

/** The bytes of a secret that a scan found: the engine reads a byte a character. */
export const secretBytes = (secret: Secret): Buffer => Buffer.from(secret.reveal(), "latin1");

/** The secret as a person would read it in the file. */
export const secretText = (secret: Secret): string => secretBytes(secret).toString("utf8");
