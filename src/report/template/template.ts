import { open, type Format } from "../row.ts";
import { FUNCTIONS } from "./functions.ts";
import { complain } from "./lex.ts";
import { parse, type Node, type Operand, type Pipeline } from "./parse.ts";
import { show, truth } from "./values.ts";

/** The time of the scan: the one function whose answer is not in its arguments. No variable has such a name. */
const NOW = "now";

/** Variables of a block and of those around it. */
class Scope {
  readonly #own = new Map<string, unknown>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  get(name: string): unknown {
    return this.#own.has(name)
      ? this.#own.get(name)
      : this.#outer
        ? this.#outer.get(name)
        : complain(0, `${name} was never set`);
  }

  declare(name: string, value: unknown): void {
    this.#own.set(name, value);
  }

  assign(name: string, value: unknown): void {
    if (this.#own.has(name) || !this.#outer) this.#own.set(name, value);
    else this.#outer.assign(name, value);
  }
}

const field = (value: unknown, name: string): unknown => {
  // Own keys only: a template reaches nothing of JavaScript's.
  if (typeof value !== "object" || value === null) return complain(0, `.${name}: there is no field in ${show(value)}`);
  if (Array.isArray(value)) return complain(0, `.${name} is asked of a list; use range to go through it`);
  return Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : complain(0, `.${name}: a finding has no such field`);
};

function operand(part: Operand, dot: unknown, scope: Scope): unknown {
  switch (part.kind) {
    case "literal":
      return part.value;
    case "path":
      return part.fields.reduce(field, part.variable === undefined ? dot : scope.get(part.variable));
    case "of":
      return part.fields.reduce(field, evaluate(part.inner, dot, scope));
    case "call":
      return call(part, dot, scope);
  }
}

function call(part: Operand & { kind: "call" }, dot: unknown, scope: Scope, piped: unknown[] = []): unknown {
  if (part.name === NOW) return scope.get(NOW);
  if (!Object.hasOwn(FUNCTIONS, part.name))
    return complain(
      part.line,
      `there is no function ${part.name}; known are ${[...Object.keys(FUNCTIONS), NOW].sort().join(", ")}`,
    );
  const args = [...part.args.map((arg) => operand(arg, dot, scope)), ...piped];
  try {
    return FUNCTIONS[part.name]?.(...(args as never[]));
  } catch (error) {
    return complain(part.line, `${part.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function evaluate(pipeline: Pipeline, dot: unknown, scope: Scope): unknown {
  return pipeline.commands.reduce<unknown>((value, command, index) => {
    if (command.kind === "call") return call(command, dot, scope, index === 0 ? [] : [value]);
    return operand(command, dot, scope);
  }, undefined);
}

function bind(pipeline: Pipeline, values: readonly unknown[], scope: Scope): void {
  pipeline.declares.forEach((name, index) => {
    if (pipeline.assigns) scope.assign(name, values[index]);
    else scope.declare(name, values[index]);
  });
}

type Flow = "break" | "continue" | undefined;

function run(nodes: readonly Node[], dot: unknown, scope: Scope, out: string[]): Flow {
  for (const node of nodes) {
    switch (node.kind) {
      case "text":
        out.push(node.text);
        break;
      case "break":
      case "continue":
        return node.kind;
      case "print": {
        const value = evaluate(node.pipeline, dot, scope);
        if (node.pipeline.declares.length > 0) bind(node.pipeline, [value], scope);
        else out.push(show(value));
        break;
      }
      case "range":
        range(node, dot, scope, out);
        break;
      case "if":
      case "with": {
        const value = evaluate(node.pipeline, dot, scope);
        const inner = new Scope(scope);
        bind(node.pipeline, [value], inner);
        const flow = truth(value)
          ? run(node.body, node.kind === "with" ? value : dot, inner, out)
          : run(node.otherwise, dot, inner, out);
        if (flow) return flow;
      }
    }
  }
  return undefined;
}

function range(
  node: Extract<Node, { pipeline: Pipeline; body: Node[] }>,
  dot: unknown,
  scope: Scope,
  out: string[],
): void {
  const value = evaluate(node.pipeline, dot, scope);
  const items: [unknown, unknown][] = Array.isArray(value)
    ? value.map((item, index) => [index, item])
    : Object.entries((value ?? {}) as object).sort(([a], [b]) => (a < b ? -1 : 1));
  if (items.length === 0) run(node.otherwise, dot, new Scope(scope), out);
  for (const [key, item] of items) {
    const inner = new Scope(scope);
    bind(node.pipeline, node.pipeline.declares.length > 1 ? [key, item] : [item], inner);
    if (run(node.body, item, inner, out) === "break") break;
  }
}

/**
 * A report by a template of Go's text/template: what gitleaks' documented templates use of it. `.` is the list of
 * findings, with gitleaks' keys as fields; `.Line` is the line around the secret, cut where it is long.
 *
 * @throws PatrolError `usage-invalid` for what is wrong or not supported, with the line.
 */
export function template(source: string): Format {
  const nodes = parse(source);
  return (findings, { endedAt }) => {
    const rows = open(findings).map(({ row, excerpt }) => ({ Link: "", Verified: "", Line: excerpt, ...row }));
    const scope = new Scope();
    scope.declare(NOW, endedAt);
    scope.declare("$", rows);
    const out: string[] = [];
    run(nodes, rows, scope, out);
    return out.join("");
  };
}
