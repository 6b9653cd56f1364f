// Usage: node --import tsx scripts/go-layouts.ts PROGRAM...
// Records what Go programs say of their own runtime in test/fixtures/go/layouts.txt, a column for each release, and prints where
// src/model/go-layouts.ts says otherwise: what a new release changed, which its row has to have. CONTRIBUTING.md, "A new Go release". A
// release that has no row is held against the last.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goLayouts } from '../src/model/go-layouts.ts';
import { factsOf } from './go-layouts/facts.ts';
import { factNames, readProgram } from './go-layouts/read-program.ts';
import { formatRecorded, readRecorded, recordedPath } from './go-layouts/recorded.ts';

const cache = process.env.MEMGAP_CACHE ?? join(import.meta.dirname, '../.cache');
const programs = process.argv.slice(2);
if (programs.length === 0) throw new Error('usage: node --import tsx scripts/go-layouts.ts PROGRAM...');

const recorded = new Map(existsSync(recordedPath) ? readRecorded() : []);
for (const program of programs) {
  const { version, facts } = readProgram(program, cache);
  for (const release of recorded.keys()) if (release.startsWith(`go1.${version.minor}.`)) recorded.delete(release);
  recorded.set(version.text, facts);
  const row = goLayouts.findLast(({ minor }) => minor <= version.minor);
  if (row === undefined) continue;
  const expected = factsOf(row);
  const different = factNames.filter((name) => expected[name] !== facts[name]);
  console.log(
    `${version.text}: ${row.minor === version.minor ? 'its row' : `it has no row; that of 1.${row.minor}`} is ${different.length === 0 ? 'right' : 'wrong about'}`,
  );
  for (const name of different)
    console.log(`  ${name}: ${expected[name] ?? 'nothing'} in the row, ${facts[name] ?? 'nothing'} in the program`);
}
writeFileSync(recordedPath, formatRecorded(recorded, factNames));
