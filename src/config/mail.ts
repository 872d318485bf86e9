import { z } from "zod";
import { secretAddress } from "./settings.ts";

/** Where mails go: to an SMTP server, or else to the local mailbox that the web page shows. */
export const mail = z
  .object({
    /** A transport address of nodemailer. */
    SMTP_URL: secretAddress("smtp:", "smtps:").optional(),
    MAIL_FROM: z
      .string()
      .regex(
        /^[^\r\n]*[^\s@<>]+@[^\s@<>]+>?$/,
        "must be an address, as patrol@acme.example or Patrol <patrol@acme.example>",
      )
      .optional(),
  })
  .refine((settings) => settings.SMTP_URL === undefined || settings.MAIL_FROM !== undefined, {
    path: ["MAIL_FROM"],
    error: "is needed with SMTP_URL: servers refuse mails without a sender of their own",
  });

/** The sender of mails that stay in the local mailbox. */
export const LOCAL_SENDER = "Patrol <patrol@localhost>";
