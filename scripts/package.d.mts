/** Makes the standalone binary in a folder and gives its path. */
export function makeStandalone(folder: string): Promise<string>;
