/** A commit or tag object, taken apart. Its texts are bytes: nothing promises an encoding. */
export interface Headers {
  readonly fields: readonly { readonly name: string; readonly value: Buffer }[];
  readonly message: Buffer;
}

export interface Authorship {
  readonly author?: { readonly name: string; readonly email: string };
  readonly authoredAt?: Date;
}

/** Splits at the first empty line. A line that begins with a blank carries on the field before it. */
export function parseHeaders(object: Buffer): Headers {
  const fields: { name: string; value: Buffer }[] = [];
  let at = 0;
  while (at < object.length) {
    const newline = object.indexOf(10, at);
    const end = newline < 0 ? object.length : newline;
    if (end === at) return { fields, message: object.subarray(at + 1) };
    const line = object.subarray(at, end);
    const last = fields.at(-1);
    const blank = line.indexOf(32);
    if (blank === 0 && last !== undefined)
      last.value = Buffer.concat([last.value, Buffer.from("\n"), line.subarray(1)]);
    else if (blank < 0) fields.push({ name: line.toString("latin1"), value: Buffer.alloc(0) });
    else fields.push({ name: line.toString("latin1", 0, blank), value: line.subarray(blank + 1) });
    at = end + 1;
  }
  return { fields, message: Buffer.alloc(0) };
}

export function fieldOf(headers: Headers, name: string): string | undefined {
  return headers.fields.find((each) => each.name === name)?.value.toString("utf8");
}

/** Who wrote a commit (`author`) or a tag (`tagger`), and when, as the object says. */
export function authorshipOf(headers: Headers, name: "author" | "tagger"): Authorship {
  const found = /^(.*?) ?<([^>]*)>(?: (-?\d+))?/s.exec(fieldOf(headers, name) ?? "");
  if (found === null) return {};
  const authoredAt = new Date(Number(found[3] ?? Number.NaN) * 1000);
  return {
    author: { name: found[1] ?? "", email: found[2] ?? "" },
    ...(Number.isNaN(authoredAt.getTime()) ? {} : { authoredAt }),
  };
}

/** Fields that only point elsewhere, and signatures over what is read anyway. */
const NO_TEXT = new Set(["tree", "parent", "object", "type", "gpgsig", "gpgsig-sha256"]);
const PEOPLE = new Set(["author", "committer", "tagger"]);

/** The texts in the header that people chose: names, addresses, and fields that git does not know. */
export function headerTexts(headers: Headers): Buffer[] {
  return headers.fields
    .filter(({ name }) => !NO_TEXT.has(name))
    .map(({ name, value }) =>
      // Without its time the same person is the same bytes.
      PEOPLE.has(name) && value.includes(62)
        ? value.subarray(0, value.lastIndexOf(62) + 1)
        : Buffer.concat([Buffer.from(`${name} `, "latin1"), value]),
    );
}
