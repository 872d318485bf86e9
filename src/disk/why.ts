import { codeOf } from "./patience.ts";

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EISDIR: "it is a folder",
  ENOTDIR: "a file stands where a folder should",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "nothing can be written there",
  ENOSPC: "no space left on the device",
  ENXIO: "it is a socket or a device that gives nothing",
  ELOOP: "too many symbolic links",
  ENAMETOOLONG: "the name is too long",
};

/** What an error of the file system means to a person; the path stands in the sentence that this ends. */
export function whyOf(error: unknown): string {
  // Behind the comma Node.js names its call and the path.
  const said = (error instanceof Error ? error.message : String(error)).replace(/, \w+(?: '.*')?$/s, "");
  return WHY[codeOf(error) ?? ""] ?? said;
}
