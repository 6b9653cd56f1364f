import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const fixtures = join(import.meta.dirname ?? __dirname, '../fixtures');

/** The recorded files of a folder of test/fixtures whose path fits, those of at most `most` bytes. Fails where there is none. */
export function recordedFiles(folder: string, fits: RegExp, most = 100_000): readonly Buffer[] {
  const names = readdirSync(join(fixtures, folder), { recursive: true, encoding: 'utf8' }).sort();
  const files = names.map((name) => join(fixtures, folder, name)).filter((path) => fits.test(path) && statSync(path).isFile());
  const read = files.map((path) => readFileSync(path)).filter(({ length }) => length <= most);
  if (read.length === 0) throw new Error(`no recorded file of test/fixtures/${folder} fits ${fits}`);
  return read;
}
