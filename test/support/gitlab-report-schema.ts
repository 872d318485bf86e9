/**
 * GitLab's report of secret detection, as its documentation tells it (https://docs.gitlab.com/development/integrations/secure/),
 * held against GitLab's own schema of version 15.0.7: what GitLab refuses a report for, and a little more.
 */
const tool = {
  type: "object",
  required: ["id", "name", "version", "vendor"],
  properties: {
    id: { type: "string", minLength: 1 },
    name: { type: "string", minLength: 1, maxLength: 255 },
    version: { type: "string", minLength: 1 },
    vendor: { type: "object", required: ["name"], properties: { name: { type: "string", minLength: 1 } } },
  },
};
const time = { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}$" };

export const gitlabReportSchema = {
  type: "object",
  required: ["version", "scan", "vulnerabilities"],
  properties: {
    version: { type: "string", pattern: "^15\\.\\d+\\.\\d+$" },
    scan: {
      type: "object",
      required: ["analyzer", "scanner", "type", "start_time", "end_time", "status"],
      properties: {
        analyzer: tool,
        scanner: tool,
        type: { const: "secret_detection" },
        start_time: time,
        end_time: time,
        status: { enum: ["success", "failure"] },
        messages: {
          type: "array",
          items: {
            type: "object",
            required: ["level", "value"],
            properties: { level: { enum: ["info", "warn", "fatal"] }, value: { type: "string", minLength: 1 } },
          },
        },
      },
    },
    vulnerabilities: {
      type: "array",
      items: {
        type: "object",
        required: ["id", "identifiers", "location"],
        properties: {
          id: { type: "string", format: "uuid" },
          category: { const: "secret_detection" },
          name: { type: "string", maxLength: 255 },
          description: { type: "string", maxLength: 1_048_576 },
          severity: { enum: ["Info", "Unknown", "Low", "Medium", "High", "Critical"] },
          solution: { type: "string", maxLength: 7000 },
          links: {
            type: "array",
            items: {
              type: "object",
              required: ["url"],
              properties: { url: { type: "string", pattern: "^https?://" } },
            },
          },
          identifiers: {
            type: "array",
            minItems: 1,
            items: {
              type: "object",
              required: ["type", "name", "value"],
              properties: {
                type: { type: "string", minLength: 1 },
                name: { type: "string", minLength: 1 },
                value: { type: "string", minLength: 1 },
                url: { type: "string", pattern: "^https?://" },
              },
            },
          },
          details: {
            type: "object",
            additionalProperties: {
              type: "object",
              required: ["type", "name", "value"],
              properties: {
                type: { const: "text" },
                name: { type: "string", minLength: 1 },
                value: { type: "string" },
              },
            },
          },
          location: {
            type: "object",
            required: ["commit"],
            properties: {
              file: { type: "string" },
              start_line: { type: "number" },
              end_line: { type: "number" },
              commit: {
                type: "object",
                required: ["sha"],
                properties: {
                  author: { type: "string" },
                  date: { type: "string" },
                  message: { type: "string" },
                  sha: { type: "string", minLength: 1 },
                },
              },
            },
          },
        },
      },
    },
  },
};
