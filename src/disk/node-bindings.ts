/**
 * What Node.js builds its modules on, for who needs one function of a module that brings a hundred along: `node:v8` and `node:crypto` load
 * streams, ciphers and keys, three milliseconds at each start.
 *
 * Node.js gives these functions away by `process.binding`, and promises nothing. So they are taken only where the module's source, which
 * Node.js gives without loading it, shows that it calls them as is done here, and elsewhere the module is loaded.
 */

type Binding = (name: string) => unknown;

export const processBinding = (): Binding | undefined => (process as unknown as { binding?: Binding }).binding;

let sources: Readonly<Record<string, string>> | undefined;

/** Has Node.js say nothing of who asks: what it would say is for who develops a program, not for who runs it. */
function silently<T>(work: () => T): T {
  const before = Object.getOwnPropertyDescriptor(process, "noDeprecation");
  process.noDeprecation = true;
  try {
    return work();
  } finally {
    if (before === undefined) delete process.noDeprecation;
    else Object.defineProperty(process, "noDeprecation", before);
  }
}

/**
 * @param name the binding's.
 * @param module the module of Node.js that calls it, by its name there.
 * @param calls what its source says where it does so.
 * @returns undefined: it cannot be had, or might be another one.
 */
export function bindingOf<T>(name: string, module: string, calls: readonly RegExp[]): T | undefined {
  const binding = processBinding();
  if (binding === undefined) return undefined;
  try {
    return silently(() => {
      sources ??= binding("natives") as Readonly<Record<string, string>>;
      const source = sources[module] ?? "";
      return calls.every((call) => call.test(source)) ? (binding(name) as T) : undefined;
    });
  } catch {
    return undefined;
  }
}
