import { chmodSync, copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { found, missing, type Reading } from '../../src/model/reading.ts';
import { ran } from '../ran.ts';

const repository = join(import.meta.dirname, '../..');
const cache = process.env.MEMGAP_CACHE ?? join(repository, '.cache');

/** The operator (test/lab/operator), built with the newest Go; else a detail fit for `t.skip`. */
export function locateOperator(): Reading<string> {
  const path = join(cache, 'lab/go-newest-pure/operator');
  return existsSync(path) ? found(path) : missing('not-found', 'the operator is not built, run: make lab');
}

/** The root of memgap's image with the sources as they are now, and the Containerfile that makes the image of it, in `folder`. */
export async function imageRoot(folder: string): Promise<string> {
  const { code, stderr } = await ran(join(repository, 'scripts/image.sh'), ['root', folder]);
  if (code !== 0) throw new Error(`scripts/image.sh root: exit code ${code}\n${stderr}`);
  return join(folder, 'root');
}

/** A root directory FROM scratch with the operator in it: `/manager`, `/manager-0111`, which nobody but root may read, and `/pause`. */
export function operatorRoot(folder: string, operator: string): string {
  for (const name of ['data', 'dev', 'proc', 'sys', 'tmp']) mkdirSync(join(folder, name), { recursive: true });
  for (const name of ['manager', 'manager-0111', 'pause']) copyFileSync(operator, join(folder, name));
  chmodSync(join(folder, 'manager-0111'), 0o111);
  chmodSync(join(folder, 'data'), 0o777);
  return folder;
}
