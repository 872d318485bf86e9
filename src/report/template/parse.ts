import { complain, lex, type Lexeme, type Piece } from "./lex.ts";

/** A value in a pipeline: a literal, a field chain, a variable, or a call of a function. */
export type Operand =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  | { readonly kind: "path"; readonly variable?: string; readonly fields: readonly string[] }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Operand[]; readonly line: number }
  | { readonly kind: "of"; readonly inner: Pipeline; readonly fields: readonly string[] };

export interface Pipeline {
  readonly declares: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly Operand[];
}

export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly pipeline: Pipeline }
  | {
      readonly kind: "if" | "with" | "range";
      readonly pipeline: Pipeline;
      readonly body: Node[];
      readonly otherwise: Node[];
    }
  | { readonly kind: "break" | "continue" };

const UNSUPPORTED = new Set(["define", "template", "block"]);

/** Blocks or parentheses within each other; what goes deeper would end the stack. */
const DEEPEST = 200;

/** Reads one action's lexemes. */
class Reader {
  at = 0;
  readonly #lexemes: readonly Lexeme[];
  readonly line: number;

  /** Parentheses that are open. */
  depth = 0;

  constructor(lexemes: readonly Lexeme[], line: number) {
    this.#lexemes = lexemes;
    this.line = line;
  }

  peek(offset = 0): Lexeme | undefined {
    return this.#lexemes[this.at + offset];
  }

  is(text: string, offset = 0): boolean {
    const lexeme = this.peek(offset);
    return lexeme?.text === text && (lexeme.kind === "mark" || lexeme.kind === "word");
  }

  take(): Lexeme {
    const lexeme = this.peek();
    this.at++;
    return lexeme ?? complain(this.line, "something is missing before }}");
  }

  pipeline(isEnd: () => boolean): Pipeline {
    const declares: string[] = [];
    let assigns = false;
    const names = [this.peek(), this.is(",", 1) ? this.peek(2) : undefined];
    const sign = this.peek(names[1] ? 3 : 1);
    if (names[0]?.kind === "variable" && (sign?.text === ":=" || sign?.text === "=")) {
      declares.push(...names.filter((name) => name !== undefined).map((name) => name.text));
      assigns = sign.text === "=";
      this.at += declares.length * 2;
    }
    const commands = [this.command(isEnd)];
    while (this.is("|")) {
      this.at++;
      commands.push(this.command(isEnd));
    }
    if (!isEnd()) complain(this.line, `${JSON.stringify(this.peek()?.text)} stands in the wrong place`);
    return { declares, assigns, commands };
  }

  command(isEnd: () => boolean): Operand {
    const first = this.operand();
    if (first.kind !== "call") return first;
    const args: Operand[] = [];
    while (!isEnd() && !this.is("|")) args.push(this.operand());
    return { ...first, args };
  }

  operand(): Operand {
    const lexeme = this.take();
    switch (lexeme.kind) {
      case "string":
        return {
          kind: "literal",
          value: lexeme.text.startsWith("`") ? lexeme.text.slice(1, -1) : unquote(lexeme.text, this.line),
        };
      case "number":
        return { kind: "literal", value: Number(lexeme.text) };
      case "variable":
        return { kind: "path", variable: lexeme.text, fields: this.fields() };
      case "field":
        return { kind: "path", fields: [lexeme.text.slice(1), ...this.fields()] };
      case "word":
        if (lexeme.text === "true" || lexeme.text === "false")
          return { kind: "literal", value: lexeme.text === "true" };
        if (lexeme.text === "nil") return { kind: "literal", value: null };
        return { kind: "call", name: lexeme.text, args: [], line: this.line };
      case "mark":
        if (lexeme.text === ".") return { kind: "path", fields: [] };
        if (lexeme.text === "(") {
          if (++this.depth > DEEPEST) complain(this.line, `more than ${DEEPEST} parentheses within each other`);
          const inner = this.pipeline(() => this.is(")"));
          this.at++;
          this.depth--;
          return { kind: "of", inner, fields: this.fields() };
        }
        return complain(this.line, `${JSON.stringify(lexeme.text)} stands in the wrong place`);
    }
  }

  fields(): string[] {
    const names: string[] = [];
    while (this.peek()?.kind === "field" && this.peek()?.isGlued) names.push(this.take().text.slice(1));
    return names;
  }
}

function unquote(text: string, line: number): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    return complain(line, `cannot read the text ${text}`);
  }
}

/** Parses a template. Throws `usage-invalid` with the line for what is wrong or not supported. */
export function parse(template: string): Node[] {
  const pieces = lex(template);
  let at = 0;
  let depth = 0;

  /** Nodes up to `end` or `else` of this level; says which it was. */
  function nodes(opened?: number): { body: Node[]; closedBy?: { reader: Reader } } {
    const body: Node[] = [];
    while (at < pieces.length) {
      const piece = pieces[at++] as Piece;
      if ("text" in piece) {
        body.push({ kind: "text", text: piece.text });
        continue;
      }
      const reader = new Reader(piece.action, piece.line);
      const word = reader.peek()?.kind === "word" ? reader.peek()?.text : undefined;
      if (word === "end" || word === "else") {
        if (opened === undefined) return complain(piece.line, `${word} without if, with or range`);
        return { body, closedBy: { reader } };
      }
      if (word !== undefined && UNSUPPORTED.has(word))
        return complain(piece.line, `${word} is not supported; write its content out`);
      if (word === "break" || word === "continue") body.push({ kind: word });
      else if (word === "if" || word === "with" || word === "range") {
        reader.at++;
        body.push(block(word, reader));
      } else body.push({ kind: "print", pipeline: reader.pipeline(() => reader.peek() === undefined) });
    }
    if (opened !== undefined) return complain(opened, "if, with or range is never closed by end");
    return { body };
  }

  function block(kind: "if" | "with" | "range", reader: Reader): Node {
    if (++depth > DEEPEST) return complain(reader.line, `more than ${DEEPEST} blocks within each other`);
    const made = readBlock(kind, reader);
    depth--;
    return made;
  }

  function readBlock(kind: "if" | "with" | "range", reader: Reader): Node {
    const pipeline = reader.pipeline(() => reader.peek() === undefined);
    const { body, closedBy } = nodes(reader.line);
    if (!closedBy?.reader.is("else")) return { kind, pipeline, body, otherwise: [] };
    const next = closedBy.reader;
    next.at++;
    const word = next.peek()?.text;
    if (word === "if" || word === "with") {
      next.at++;
      return { kind, pipeline, body, otherwise: [block(word, next)] };
    }
    return { kind, pipeline, body, otherwise: nodes(reader.line).body };
  }

  return nodes().body;
}
