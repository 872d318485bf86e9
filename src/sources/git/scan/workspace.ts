// Regions of a matcher's memory. What is reserved there stays reserved, so scans that share a matcher share the regions:
// one scan at a time.
import type { Matcher } from "./matcher.ts";

export interface Workspace {
  /** The region of this name, with room for at least so many bytes. What it held before is gone. */
  region(name: string, bytes: number): number;
}

const workspaces = new WeakMap<Matcher, Workspace>();

export function workspaceOf(matcher: Matcher): Workspace {
  const known = workspaces.get(matcher);
  if (known !== undefined) return known;
  const regions = new Map<string, { address: number; bytes: number }>();
  const fresh: Workspace = {
    region(name, bytes) {
      const held = regions.get(name);
      if (held !== undefined && held.bytes >= bytes) return held.address;
      const address = matcher.reserve(bytes);
      regions.set(name, { address, bytes });
      return address;
    },
  };
  workspaces.set(matcher, fresh);
  return fresh;
}
