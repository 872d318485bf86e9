/** What a template may show. A list or an object opens a section; `true` keeps one, `false` and an empty list drop it. */
export type View = { readonly [name: string]: string | boolean | View | readonly View[] };

const PART = /\{\{([#^])(\w+)\}\}\n?([\s\S]*?)\{\{\/\2\}\}\n?|\{\{(\w+)\}\}/g;

/**
 * Fills a template: `{{name}}` is a value, `{{#name}}…{{/name}}` shows its inside once for each item (or when true),
 * `{{^name}}…{{/name}}` when there is none. Every value goes through `escape`; there is no way around it, and what it
 * gives is not read as a template again. A name that the view lacks is a mistake in the template, and throws.
 */
export function fill(template: string, view: View, escape: (value: string) => string): string {
  return template.replace(PART, (_, sign?: string, section = "", inside = "", name = "") => {
    if (sign === undefined) return escape(valueOf(view, name));
    const items = itemsOf(view, section);
    if (sign === "^") return items.length === 0 ? fill(inside, view, escape) : "";
    return items.map((item) => fill(inside, { ...view, ...item }, escape)).join("");
  });
}

function valueOf(view: View, name: string): string {
  const value = view[name];
  if (typeof value === "string") return value;
  throw new TypeError(`the template shows {{${name}}}, which is no text`);
}

function itemsOf(view: View, name: string): readonly View[] {
  const value = view[name];
  if (value === undefined) throw new TypeError(`the template asks for {{#${name}}}, which there is not`);
  if (typeof value === "boolean" || typeof value === "string") return value ? [{}] : [];
  return Array.isArray(value) ? (value as readonly View[]) : [value as View];
}
