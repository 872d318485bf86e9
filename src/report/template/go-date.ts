const MONTHS = "January February March April May June July August September October November December".split(" ");
const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

const two = (number: number) => `${number}`.padStart(2, "0");

/** Go's reference time, part by part: what each of them becomes. Always UTC, so that equal findings give equal reports. */
const PARTS: Record<string, (date: Date) => string | number> = {
  January: (date) => MONTHS[date.getUTCMonth()] ?? "",
  Jan: (date) => MONTHS[date.getUTCMonth()]?.slice(0, 3) ?? "",
  Monday: (date) => DAYS[date.getUTCDay()] ?? "",
  Mon: (date) => DAYS[date.getUTCDay()]?.slice(0, 3) ?? "",
  MST: () => "UTC",
  "2006": (date) => date.getUTCFullYear(),
  "-07:00": () => "+00:00",
  "-0700": () => "+0000",
  "Z07:00": () => "Z",
  "01": (date) => two(date.getUTCMonth() + 1),
  "02": (date) => two(date.getUTCDate()),
  _2: (date) => `${date.getUTCDate()}`.padStart(2),
  "03": (date) => two(date.getUTCHours() % 12 || 12),
  "04": (date) => two(date.getUTCMinutes()),
  "05": (date) => two(date.getUTCSeconds()),
  "06": (date) => two(date.getUTCFullYear() % 100),
  "15": (date) => two(date.getUTCHours()),
  PM: (date) => (date.getUTCHours() < 12 ? "AM" : "PM"),
  pm: (date) => (date.getUTCHours() < 12 ? "am" : "pm"),
  ".000": (date) => `.${`${date.getUTCMilliseconds()}`.padStart(3, "0")}`,
  "1": (date) => date.getUTCMonth() + 1,
  "2": (date) => date.getUTCDate(),
  "3": (date) => date.getUTCHours() % 12 || 12,
  "4": (date) => date.getUTCMinutes(),
  "5": (date) => date.getUTCSeconds(),
};

const PART = new RegExp(
  Object.keys(PARTS)
    .sort((a, b) => b.length - a.length)
    .map((part) => part.replace(".", "\\."))
    .join("|"),
  "g",
);

/** A time in a layout of Go, which spells 2 January 2006, 15:04:05, as it wants times to be spelt. */
export const goDate = (layout: string, date: Date) =>
  layout.replace(PART, (part) => String(PARTS[part]?.(date) ?? part));
