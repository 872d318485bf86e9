/** The hash that names the objects of a repository. */
export interface ObjectFormat {
  readonly name: "sha1" | "sha256";
  /** Bytes of an object id: 20 or 32. */
  readonly bytes: number;
}

export const SHA1: ObjectFormat = { name: "sha1", bytes: 20 };
export const SHA256: ObjectFormat = { name: "sha256", bytes: 32 };

/** Object types as packs number them (gitformat-pack(5)). */
export const COMMIT = 1;
export const TREE = 2;
export const BLOB = 3;
export const TAG = 4;
export const OFS_DELTA = 6;
export const REF_DELTA = 7;

export type ObjectType = typeof COMMIT | typeof TREE | typeof BLOB | typeof TAG;

export const TYPE_NAMES: Readonly<Record<ObjectType, string>> = {
  [COMMIT]: "commit",
  [TREE]: "tree",
  [BLOB]: "blob",
  [TAG]: "tag",
};

/** The number of a type's name, or undefined. */
export function typeOf(name: string): ObjectType | undefined {
  for (const type of [COMMIT, TREE, BLOB, TAG] as const) if (TYPE_NAMES[type] === name) return type;
  return undefined;
}

export function isObjectId(text: string, format: ObjectFormat): boolean {
  return text.length === format.bytes * 2 && /^[0-9a-f]+$/.test(text);
}
