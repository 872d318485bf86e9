import { z } from "zod";

/** A key of the digests that tokens are looked up by. The first of the list writes, all are read. */
export interface Pepper {
  readonly id: string;
  readonly key: Buffer;
}

const pepper = z
  .string()
  .regex(/^[a-z0-9-]{1,32}:[A-Za-z0-9+/]+={0,2}$/, "must be a comma list of id:base64, ids of a-z, 0-9 and -")
  .transform((text): Pepper => {
    const [id = "", key = ""] = text.split(":");
    // Hidden from loops, and so from what is printed and logged.
    return Object.defineProperty({ id } as Pepper, "key", { value: Buffer.from(key, "base64") });
  })
  .refine(({ key }) => key.length >= 32, "each key must have 32 bytes or more");

export const tokens = z.object({
  PATROL_TOKEN_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9]{1,18}_$/, "must be 2 to 19 of a-z and 0-9, and end with _")
    .default("patrol_"),
  PATROL_PEPPERS: z
    .string()
    .transform((text) => text.split(",").map((one) => one.trim()))
    .pipe(z.array(pepper))
    .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, "names an id twice")
    .optional(),
});

/** A pepper list as it is written in a setting or file. */
export const parsePeppers = (text: string): readonly Pepper[] =>
  tokens.parse({ PATROL_PEPPERS: text }).PATROL_PEPPERS ?? [];
