import { budgets } from '../budgets.ts';
import { ownLimit } from '../files/open-path.ts';
import { type OwnFile, readOwnFile, stampOf, whatIsInTheWay } from '../files/own-file.ts';
import { found, missing, type Reading } from '../model/reading.ts';

const maxBytes = budgets.secretFile.maxBytes;

/** Where Kubernetes mounts what a pod asks its API server with, unless the config names others: no secret, and no field points at it. */
const mounted = /^\/var\/run\/secrets\/kubernetes\.io\/serviceaccount\/(token|ca\.crt)$/;

/** How a message calls such a file: by its field (`what`), and not by a name that may be the password itself, pasted in the wrong place. */
export function secretFileName(path: string, what: string): string {
  return mounted.test(path) ? `${what} ${path}` : what;
}

/** What a reader brought is in force for so long; a file system that is remote is not asked at every poll. */
const rereadMilliseconds = 60_000;

/** Files that a reader read, by path: what is in force until it reads them again, and while it can't. */
const brought = new Map<string, { readonly file: OwnFile; readonly at: number }>();

/**
 * The bytes of a file that the config names in the field `what`: a token, a password, a key, certificates. When it can't be read: `denied`
 * (or `exhausted`), without its name and its content. What lies on a file system that may hang (NFS, a CSI volume's) is read by a reader
 * (files/reader.ts) at most once a minute; while it hangs, what was read before stays in force.
 */
export async function readSecretFile(path: string, what: string): Promise<Reading<Buffer>> {
  const named = secretFileName(path, what);
  const file = whatIsInTheWay(path) === undefined ? await readOwnFile(path, maxBytes) : await readByReader(path);
  if (!file.ok && file.problem === 'EMFILE') return missing('exhausted', `${named}: ${file.problem}; ${ownLimit}`);
  if (!file.ok) return missing('denied', `${named}: ${file.problem}; memgap's own user must be able to read it`);
  if (!file.whole) return missing('denied', `${named}: longer than ${maxBytes} bytes, which is all that memgap reads`);
  return found(file.bytes);
}

async function readByReader(path: string): Promise<OwnFile> {
  const before = brought.get(path);
  if (before !== undefined && performance.now() - before.at < rereadMilliseconds) return before.file;
  const file = await readOwnFile(path, maxBytes);
  const inForce = file.ok || before === undefined || !before.file.ok ? file : before.file;
  brought.set(path, { file: inForce, at: performance.now() });
  return inForce;
}

/** Changes when the file does; one that can't be read has a stamp too. */
export async function stampOfSecretFile(path: string): Promise<string> {
  if (whatIsInTheWay(path) === undefined) return stampOf(path);
  const file = await readByReader(path);
  if (!file.ok) return 'none';
  const { createHash } = process.getBuiltinModule('node:crypto'); // 1.2 MiB, for those who have such a file
  return createHash('sha256').update(file.bytes).digest('base64');
}
