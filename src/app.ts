/** The only file that picks adapters. */
export {};
