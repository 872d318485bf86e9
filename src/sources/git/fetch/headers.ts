import { readPerson } from "../objects/commit.ts";

/** A commit or tag object, taken apart. Its texts are bytes: nothing promises an encoding. */
export interface Headers {
  readonly fields: readonly { readonly name: string; readonly value: Buffer }[];
  readonly message: Buffer;
}

export interface Authorship {
  readonly author?: { readonly name: string; readonly email: string };
  readonly authoredAt?: Date;
}

const NEWLINE = Buffer.from("\n");
const NO_BYTES = Buffer.alloc(0);

/** Splits at the first empty line. A line that begins with a blank carries on the field before it. */
export function parseHeaders(object: Buffer): Headers {
  const fields: { name: string; value: Buffer }[] = [];
  /** Lines that carry on the last field; joined once, as there may be many. */
  let more: Buffer[] = [];
  const join = () => {
    const last = fields.at(-1);
    if (last !== undefined && more.length > 0) last.value = Buffer.concat([last.value, ...more]);
    more = [];
  };
  let at = 0;
  while (at < object.length) {
    const newline = object.indexOf(10, at);
    const end = newline < 0 ? object.length : newline;
    if (end === at) break;
    const line = object.subarray(at, end);
    const blank = line.indexOf(32);
    if (blank === 0 && fields.length > 0) more.push(NEWLINE, line.subarray(1));
    else {
      join();
      const [name, value] = blank < 0 ? [line, NO_BYTES] : [line.subarray(0, blank), line.subarray(blank + 1)];
      fields.push({ name: name.toString("latin1"), value });
    }
    at = end + 1;
  }
  join();
  return { fields, message: object.subarray(Math.min(at + 1, object.length)) };
}

export function fieldOf(headers: Headers, name: string): string | undefined {
  return headers.fields.find((each) => each.name === name)?.value.toString("utf8");
}

/** Who wrote a commit (`author`) or a tag (`tagger`), and when, as the object says. */
export function authorshipOf(headers: Headers, name: "author" | "tagger"): Authorship {
  const person = readPerson(fieldOf(headers, name) ?? "");
  if (person === undefined) return {};
  const authoredAt = new Date((person.seconds ?? Number.NaN) * 1000);
  return {
    author: { name: person.name, email: person.email },
    ...(Number.isNaN(authoredAt.getTime()) ? {} : { authoredAt }),
  };
}
