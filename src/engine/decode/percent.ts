import { unitDecoder } from "./units.ts";

/** RFC 3986, section 2.1. `+` stays: outside of forms it is no space. */
export const percent = unitDecoder({
  name: "percent",
  marker: "%",
  unit: /%[0-9A-Fa-f]{2}/y,
  codeOf: (unit) => Number.parseInt(unit.slice(1), 16),
});
