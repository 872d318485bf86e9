import { PatrolError } from "../../model/errors.ts";

/** The body as JSON. @throws PatrolError `body-not-json`, without the parser's message, which may quote the body. */
export async function jsonBody(request: Request): Promise<unknown> {
  const content = await request.text();
  try {
    return JSON.parse(content) as unknown;
  } catch {
    throw new PatrolError("body-not-json", "The body must be a JSON object.");
  }
}
