import { z } from "zod";
import { address } from "./settings.ts";

/** Where the service listens, and how links in mails begin. */
export const listen = z.object({
  HOST: z.string().default("127.0.0.1"),
  /** 0 takes any free port. */
  PORT: z.coerce.number("must be a number").int().min(0).max(65_535).default(4242),
  PUBLIC_URL: address("https:", "http:").optional(),
});

export interface ListenConfig {
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string | undefined;
}

/** How links begin, without a slash at the end: as set, or made of the host and the port that is listened on. */
export function publicUrl(config: ListenConfig): string {
  if (config.publicUrl !== undefined) return config.publicUrl.replace(/\/+$/, "");
  const everywhere = config.host === "0.0.0.0" || config.host === "::";
  const host = everywhere ? "localhost" : config.host.includes(":") ? `[${config.host}]` : config.host;
  return `http://${host}:${config.port}`;
}
