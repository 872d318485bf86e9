import { explain, type Ending, type Explanation } from "../../engine/explain.ts";
import { mask } from "../../engine/mask.ts";
import type { Candidate } from "../../model/candidate.ts";
import type { Fragment } from "../../model/fragment.ts";
import { shownMatch } from "../../report/describe.ts";
import { printable } from "../../report/printable.ts";
import { textOf } from "../../report/text.ts";
import type { Run } from "../usage/command.ts";
import { loadConfiguration } from "../configuration.ts";
import { fragmentAt } from "../place/place-bytes.ts";
import { readPlace } from "../place/place.ts";
import { runGit } from "../place/repository.ts";
import { counted } from "../terminal/look.ts";
import { chosenSuppressors } from "../suppress/chosen.ts";
import { withoutShadowed } from "../suppress/generic.ts";
import { suppression } from "../suppress/suppress.ts";

const plural = (count: number, thing: string) => `${count} ${thing}${count === 1 ? "" : "s"}`;

const lengths = (fewest: number, most: number) =>
  fewest === most
    ? plural(fewest, "byte")
    : most === Infinity
      ? `${fewest} bytes or more`
      : `${fewest} to ${most} bytes`;

const SIDES = {
  before: "what stands before it makes it a piece of something longer",
  behind: "what stands behind it makes it a piece of something longer",
  around: "what stands around it makes it a piece of something longer",
} as const;

/** The step that decided and a sentence on it. */
function sentence(ending: Ending): readonly [step: string, why: string] {
  switch (ending.step) {
    case "reported":
      return ["reported", "every step let it pass"];
    case "path":
      return ["path", `the rule looks only at paths like ${ending.pattern}`];
    case "prefilter":
      return [
        "prefilter",
        `the pattern matches, but the file holds none of the keywords ${ending.keywords.join(", ")}`,
      ];
    case "pattern":
      return [
        "pattern",
        `${JSON.stringify(ending.near)} is there, but the pattern does not match; a match is ${lengths(ending.fewest, ending.most)} long`,
      ];
    case "boundary":
      return ["boundary", `the token itself fits, but ${SIDES[ending.side]}`];
    case "checksum":
      return [
        "checksum",
        `the pattern matches, but the token's own checksum (${ending.checksum}) does not hold: made up, or mistyped`,
      ];
    case "entropy":
      return ["entropy", `${ending.bits.toFixed(2)} bits a character, and the rule wants ${ending.needed}`];
    case "allowlist": {
      const stopWord = ending.held.every(({ kind }) => kind === "stop word") && ending.held.length > 0;
      const named = ending.description ? `the allowlist "${ending.description}"` : "an allowlist";
      const parts = ending.held.map(({ kind, what }) => `${kind} ${what}`).join(", ");
      return [stopWord ? "stop word" : "allowlist", `${named} holds${parts ? `: ${parts}` : ""}`];
    }
    case "cut":
      return ["cut", "it goes on with an encoded character, and the whole is reported"];
    case "required":
      return [
        "required",
        `it counts only beside a match of ${ending.rules.join(" and ")}, and there is none near enough`,
      ];
    case "helper":
      return ["helper", "the rule matches, but only serves other rules"];
  }
}

const proof = (candidate: Candidate) =>
  [
    candidate.checksum === "valid" ? `its checksum (${candidate.rule.checksum}) holds` : undefined,
    candidate.rule.entropy === undefined
      ? undefined
      : `${candidate.entropy.toFixed(2)} bits a character, of ${candidate.rule.entropy} wanted`,
    candidate.rule.pattern === "" ? "the path alone decides" : "the pattern matches",
    "no allowlist holds",
  ]
    .filter((part) => part !== undefined)
    .join("; ");

/** `patrol rules explain FILE:LINE`. Exit code 1 when the line counts as a leak, else 0. */
export const explainPlace: Run = async (args, terminal) => {
  const place = readPlace(args.positionals[1], "patrol rules explain src/config.js:12");
  const commit = args.text("commit");
  const fragment: Fragment = fragmentAt(place, commit);
  const target = runGit(".", ["rev-parse", "--show-toplevel"]) ?? ".";
  const { rulebook, found } = await loadConfiguration(
    { config: args.text("config"), enabled: args.list("enable-rule"), target },
    terminal.env,
  );
  const maxDecodeDepth = args.number("max-decode-depth");
  const explanations = explain(fragment, place.line, rulebook, maxDecodeDepth === undefined ? {} : { maxDecodeDepth });
  const reported = explanations.flatMap(({ ending }) => (ending.step === "reported" ? [ending.candidate] : []));
  const kept = withoutShadowed(reported);
  const notes: string[] = [];
  const { suppressors: reasons } = chosenSuppressors(args, terminal, target, (text) => void notes.push(text), {
    ...(found?.path !== undefined && { configuration: found.path }),
  });
  const text = textOf(fragment.bytes);
  let leaks = 0;

  const outcome = ({ ending }: Explanation): readonly [step: string, why: string] => {
    if (ending.step !== "reported") return sentence(ending);
    const { candidate } = ending;
    const at = kept.indexOf(candidate);
    if (at < 0) return ["shadowed", "a rule that knows the issuer reports the same secret"];
    const paths = [fragment.provenance.path ?? ""];
    const reason = suppression({ candidate, text, paths, match: shownMatch(text, candidate) }, reasons);
    if (reason) return [reason.kind === "inSource" ? "comment" : "ignore file", reason.reason];
    leaks++;
    return ["reported", proof(candidate)];
  };

  const rows = explanations.map((explanation) => {
    const [step, why] = outcome(explanation);
    const where = explanation.columns ? `, columns ${explanation.columns.join(" to ")}` : "";
    const decoded = explanation.decoded.length > 0 ? `, encoded as ${explanation.decoded.join(" in ")}` : "";
    return `${explanation.rule.id}${where}${decoded}\n  ${step}: ${printable(why)}\n`;
  });
  const rules = `${counted(rulebook.rules.length, "rule")}${found ? ` of ${found.name}` : ""}`;
  const summary = `${mask(`${place.path}:${place.line}`, rulebook)}: of ${rules} ${rows.length} came near, ${leaks} report it`;
  return {
    exitStatus: leaks > 0 ? 1 : 0,
    stdout: `${printable(summary)}\n${rows.length > 0 ? "\n" : ""}${rows.join("")}`,
    stderr: notes.map((note) => `note: ${printable(note)}\n`).join(""),
  };
};
