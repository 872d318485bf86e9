const MAX_LENGTH = 300;
/** Line ends, other controls, and what makes text run backwards or vanish. */
const TRICKS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu;
/** Ends of file names that no mail program takes for the end of a host name. */
const FILE_ENDING =
  /^(bash|c|cfg|conf|config|cpp|cs|css|csv|env|go|gradle|h|hcl|html?|ini|ipynb|java|jsx?|json|key|kts?|lock|log|lua|mjs|cjs|pem|php|properties|rb|scala|scss|sql|swift|tf|tfvars|toml|tsx?|txt|vue|xml|ya?ml)$/i;

/** A stranger's text on one line, of bounded length, without invisible characters. */
export function oneLine(text: string): string {
  const line = text.replace(TRICKS, "\ufffd").trim();
  return line.length <= MAX_LENGTH ? line : `${[...line].slice(0, MAX_LENGTH - 1).join("")}…`;
}

/** The same, so that no mail program makes a link of it: `evil.example/x` reads `evil[.]example/x`. */
export function defang(text: string): string {
  return oneLine(text)
    .replaceAll("://", "[:]//")
    .replace(/\.(?=([\p{L}\p{N}-]+))/gu, (dot, label: string, at: number, whole: string) => {
      const after = whole.charAt(at + 1 + label.length);
      return after === "" && FILE_ENDING.test(label) ? dot : "[.]";
    })
    .replace(/@(?=[\p{L}\p{N}])/gu, "[@]");
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
