// The one function of `node:v8` that most commands call.
import { setFlagsFromString } from "node:v8";
import { bindingOf } from "../disk/node-bindings.ts";

/** As in Node.js 20 and 22. */
const CALLS = [
  /\bsetFlagsFromString: _setFlagsFromString,/,
  /\bfunction setFlagsFromString\(flags\) {\s*validateString\(flags, 'flags'\);\s*_setFlagsFromString\(flags\);\s*}/,
];

let set: ((flags: string) => void) | undefined;

/** Tells V8 a flag, for all threads of the process. */
export function setFlag(flag: string): void {
  set ??=
    bindingOf<{ setFlagsFromString: (flags: string) => void }>("v8", "v8", CALLS)?.setFlagsFromString ??
    setFlagsFromString;
  set(flag);
}
