import { readFileSync, statSync } from 'node:fs';
import { found, missing, type Reading, reasonOf } from '../../reading.ts';
import { ownLimit } from '../own-limit.ts';

/** A CA bundle has about 220 kB; a token, some kilobytes. */
const mostBytes = 1024 * 1024;

/** Where Kubernetes mounts what a pod asks its API server with, unless the config names others: no secret, and no field points at it. */
const mounted = /^\/var\/run\/secrets\/kubernetes\.io\/serviceaccount\/(token|ca\.crt)$/;

/** How a message calls such a file: by its field (`what`), and not by a name that may be the password itself, pasted in the wrong place. */
export function secretFileName(path: string, what: string): string {
  return mounted.test(path) ? `${what} ${path}` : what;
}

/**
 * The bytes of a file that the config names in the field `what`: a token, a password, a key, certificates. When it can't be read: `denied` (or
 * `exhausted`), without its name and its content. Synchronous: such a file is small, and a thread hop costs more than the read.
 */
export function readSecretFile(path: string, what: string): Reading<Buffer> {
  const named = secretFileName(path, what);
  try {
    const file = statSync(path);
    if (!file.isFile()) return missing('denied', `${named}: not a regular file`); // to open a FIFO would hang the whole daemon
    if (file.size > mostBytes) return missing('denied', `${named}: ${file.size} bytes, and memgap reads at most ${mostBytes}`);
    return found(readFileSync(path));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (reasonOf(error) === 'exhausted') return missing('exhausted', `${named}: ${code}; ${ownLimit}`);
    return missing('denied', `${named}: ${code}; memgap's own user must be able to read it`);
  }
}
