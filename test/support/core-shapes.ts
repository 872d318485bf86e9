import type { PatternRule } from "./differential.ts";

/** One rule for each way to find a span, and shapes that are easy to get wrong. */
export const SHAPES: readonly PatternRule[] = [
  { id: "prefix", pattern: String.raw`\b(demo_[A-Za-z0-9]{16})(?:[\x60'"\s;]|\\[nr]|$)` },
  {
    id: "keyword",
    pattern: String.raw`(?i)[\w.-]{0,50}?(?:demokey|secretly)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|:|=>)[\x60'"\s=]{0,5}([\w.=-]{10,40})(?:[\x60'"\s;]|\\[nr]|$)`,
  },
  { id: "middle", pattern: String.raw`\b[A-Za-z0-9]{20}SIGNED[A-Za-z0-9]{6}\b` },
  { id: "hex", pattern: String.raw`\b[a-f0-9]{40}\b` },
  { id: "hex-open", pattern: "[a-f0-9]{32}" },
  { id: "digits", pattern: String.raw`\b\d{15,16}\|[0-9a-z_-]{27,40}` },
  { id: "greedy-prefix", pattern: "[a-z]{2,8}[.]io_KEY[0-9]{4}" },
  { id: "open-end", pattern: String.raw`\bey[a-zA-Z0-9]{17,}\.ey[a-zA-Z0-9/_-]{17,}\.(?:[a-zA-Z0-9/_-]{10,}={0,2})?` },
  { id: "short", pattern: String.raw`\bs\.[A-Za-z0-9]{24}\b` },
  {
    id: "boundary-before-branches",
    pattern: String.raw`\b((?:hvq\.[\w-]{30,40}|q\.(?i:[a-z0-9]{24})))(?:[\x60'"\s;]|\\[nr]|$)`,
  },
  {
    id: "hex-among-branches",
    pattern: String.raw`(?i)\b(\b(qgp_(?:[a-f0-9]{16}|local)_[a-f0-9]{41}|[a-f0-9]{41})\b)(?:[\x60'"\s;]|\\[nr]|$)`,
  },
  { id: "hex-end", pattern: String.raw`[a-f0-9]{35}\b` },
  { id: "webhook", pattern: String.raw`hxxps://[a-z0-9]+\.webhook\.demo/[a-z0-9]{8}-([a-z0-9]{4}-){2}` },
  {
    id: "keyword-behind-keyword",
    pattern: String.raw`(?i)[\w.-]{0,50}?(?:qkey|qpassw(?:or)?d|(?-i:[Qq]api|QAPI))(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}([\w.=-]{10,30}|[a-z0-9][a-z0-9+/]{11,}={0,3})(?:[\x60'"\s;]|\\[nr]|$)`,
  },
  { id: "skips-what-it-needs", pattern: "QZAB[ =x]{0,6}[=x]{4}[a-c]{2,9}[ab]c" },
  { id: "gap-to-the-end", pattern: String.raw`QZGE[ab]{0,9}[bc]{3}(?:\s|$)` },
  { id: "long-gap", pattern: "QZLG[0-9a-f]{0,90}:[0-9]{4}" },
  { id: "long-gap-of-what-it-needs", pattern: String.raw`QZLN[0-9a-z-]{2,60}\.tin\.(?:co|io)/[0-9]{4}` },
  { id: "long-gap-of-ends", pattern: "QZLE[a-z]{2,60}[x-z0-9]{4}[0-9]{2}" },
  { id: "branches", pattern: String.raw`(?:sk|rk|pk)_(?:live|test)_[0-9a-zA-Z]{10,20}|whsec_[a-z]{12}` },
  { id: "lazy-end", pattern: "QZQ[a-z]{2,30}?z" },
  { id: "text-start", pattern: "^HEAD-[0-9]{6}" },
  { id: "text-end", pattern: "TAIL-[0-9]{6}$" },
  { id: "line", pattern: "(?m)^KEYLINE=[a-z]{4,9}$" },
  { id: "unicode", pattern: "schlüssel=[0-9]{8}" },
  { id: "fold", pattern: "(?i)bearer-[a-z]{3}(?-i:XYZ)" },
  {
    id: "long-token",
    pattern: String.raw`(?i)[\w.-]{0,50}?(?:demotoken|qtok)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|:|=>)[\x60'"\s=]{0,5}([a-z0-9]{32})(?:[\x60'"\s;]|\\[nr]|$)`,
  },
  { id: "run-far-behind", pattern: "QZNR[ .]{0,41}[a-f0-9]{23}:" },
  { id: "run-around", pattern: "[A-Za-z0-9]{20}QZRA[A-Za-z0-9]{6,9}:" },
  { id: "late", pattern: String.raw`\b[A-Za-z0-9_]{10,200}\.QXZK[0-9]{4}\b` },
  { id: "late-over-blanks", pattern: String.raw`<[ ;"a-f]{10,60}>QYJX[0-9]{4}` },
];
/** Reaches over nearly any bytes; parts of a text do not settle it. */
export const FAR: readonly PatternRule[] = [
  { id: "key", pattern: String.raw`-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY-----[\s\S-]{64,}?KEY-----` },
  { id: "open", pattern: String.raw`QOPEN[\sA-Za-z]{8,}?QCLOSE` },
  {
    id: "command",
    pattern: String.raw`\bqurl\b(?:.*|.*(?:[\r\n]{1,2}.*){1,5})[ \t\n\r](?:-u|--user)(?:=|[ \t]{0,5})("(:[^"]{3,}|[^:"]{3,}:)"|[\w$@.-]+:[\w]+)(?:\s|\z)`,
  },
  {
    id: "either-order",
    pattern: String.raw`(?i)(?:\bqind:[ \t]*["']?\bsecret\b(?s:.){0,200}?\bdata:(?s:.){0,100}?\s+([\w.-]+:[ \t]*["']?[a-z0-9+/]{10,})|\bdata:(?s:.){0,100}?\s+([\w.-]+:[ \t]*["']?[a-z0-9+/]{10,})(?s:.){0,200}?\bqind:[ \t]*["']?\bsecret\b)`,
  },
  { id: "gap", pattern: String.raw`(?i)\bkind:(?s:.){0,200}?\bdata:\s+[a-z]{5}` },
];
