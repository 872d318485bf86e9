-- A scanner elsewhere asks about a token by its SHA-256, from which the C3ID follows (`src/tokens/format.ts`).
create index tokens_by_c3id on tokens (c3id);
