export function build(): Promise<void>;
export function buildEngine(): Promise<void>;
export function stampsText(): string;
