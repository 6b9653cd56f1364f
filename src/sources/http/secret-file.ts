import { readFileSync, statSync } from 'node:fs';
import { found, missing, type Reading } from '../../reading.ts';
import { printable } from '../../untrusted.ts';

/** A CA bundle has about 220 kB; a token, some kilobytes. */
const mostBytes = 1024 * 1024;

/**
 * The bytes of a file that the config names: a token, a password, a key, certificates. When it can't be read: `denied`, with the path and
 * never the content. Synchronous: such a file is small, and a thread hop costs more than the read.
 */
export function readSecretFile(path: string, what: string): Reading<Buffer> {
  const named = `${what} ${printable(path)}`;
  try {
    const file = statSync(path);
    if (!file.isFile()) return missing('denied', `${named}: not a regular file`); // to open a FIFO would hang the whole daemon
    if (file.size > mostBytes) return missing('denied', `${named}: ${file.size} bytes, and memgap reads at most ${mostBytes}`);
    return found(readFileSync(path));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return missing('denied', `${named}: ${code}; memgap's own user must be able to read it`);
  }
}
