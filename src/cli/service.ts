/** The commands that need the service's parts; loaded only when one is called. */
export {};
