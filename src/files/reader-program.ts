import { join } from 'node:path';

/** The program that a reader runs: a small bundle beside memgap's own, or the source of the same when nothing is bundled (tests). */
export const readerProgram: string =
  process.env.MEMGAP_VERSION === undefined ? join(import.meta.dirname, '../reader/main.ts') : join(__dirname, 'reader.cjs');
