import { z } from "zod";

/** What gitleaks v8 reads from its TOML. Keys it does not know are left alone, as it does. */
const texts = z.array(z.string()).default([]);

const allowlist = z.object({
  description: z.string().optional(),
  condition: z.string().optional(),
  commits: texts,
  paths: texts,
  regexes: texts,
  regexTarget: z.string().optional(),
  stopwords: texts,
  targetRules: texts,
});

const required = z.object({
  id: z.string().min(1),
  withinLines: z.number().int().nonnegative().optional(),
  withinColumns: z.number().int().nonnegative().optional(),
});

const rule = z.object({
  id: z.string("every rule needs an id").min(1, "every rule needs an id"),
  description: z.string().optional(),
  regex: z.string().optional(),
  path: z.string().optional(),
  secretGroup: z.number().int().nonnegative().optional(),
  entropy: z.number().nonnegative().optional(),
  keywords: texts,
  tags: texts,
  skipReport: z.boolean().optional(),
  allowlist: allowlist.optional(),
  allowlists: z.array(allowlist).optional(),
  required: z.array(required).default([]),
});

export const gitleaksConfig = z.object({
  title: z.string().optional(),
  minVersion: z.string().optional(),
  extend: z
    .object({
      useDefault: z.boolean().default(false),
      path: z.string().optional(),
      disabledRules: texts,
    })
    .optional(),
  allowlist: allowlist.optional(),
  allowlists: z.array(allowlist).optional(),
  rules: z.array(rule).default([]),
});

export type GitleaksConfig = z.infer<typeof gitleaksConfig>;
export type GitleaksRule = z.infer<typeof rule>;
export type GitleaksAllowlist = z.infer<typeof allowlist>;
