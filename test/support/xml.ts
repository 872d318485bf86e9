/** An element of a document, attributes and text decoded. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decode(text: string): string {
  if (/[<\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text))
    throw new Error("a character XML cannot hold");
  return text.replace(/&(?:#(\d+)|(\w+));|&/g, (whole, number?: string, name?: string) => {
    const known = number === undefined ? ENTITIES[name ?? ""] : String.fromCodePoint(Number(number));
    if (known === undefined) throw new Error(`${whole} is no entity`);
    return known;
  });
}

/** Reads a small document strictly: whatever is not well formed throws. */
export function parseXml(document: string): Element {
  const pattern =
    /<\?xml version="1\.0" encoding="UTF-8"\?>\s*|<\/([\w-]+)>|<([\w-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  const root = { name: "", attributes: {}, children: [] as Element[], text: "" };
  const stack = [root];
  let at = 0;
  for (const match of document.matchAll(pattern)) {
    at = match.index + match[0].length;
    const [whole, closed, opened, attributes = "", isEmpty, text] = match;
    const top = stack.at(-1) as typeof root;
    if (closed !== undefined) {
      if (closed !== top.name) throw new Error(`${whole} closes ${top.name}`);
      stack.pop();
    } else if (opened !== undefined) {
      const pairs = [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [
        name,
        decode(value),
      ]);
      if (new Set(pairs.map(([name]) => name)).size < pairs.length)
        throw new Error(`${whole} names an attribute twice`);
      const element = {
        name: opened,
        attributes: Object.fromEntries(pairs) as Record<string, string>,
        children: [],
        text: "",
      };
      top.children.push(element);
      if (isEmpty === "") stack.push(element);
    } else if (text !== undefined) top.text += decode(text);
  }
  if (at !== document.length) throw new Error(`not XML from ${JSON.stringify(document.slice(at, at + 40))} on`);
  const [element] = root.children;
  if (stack.length !== 1 || element === undefined || root.children.length > 1) throw new Error("not one element");
  return element;
}
