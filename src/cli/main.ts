/** The `patrol` command: finds the command's file and runs it. */
export {};
