// Usage: node --import tsx scripts/lab-pages.ts RELEASE...   (go-newest, go1.26: those that scripts/lab.sh has built)
// Keeps what the labs of a release tell by their endpoints, in test/fixtures/go/lab-1.MINOR-{pure,cgo}: what the parsers are tested on.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache, locateLab, releases, startLab } from '../test/programs.ts';
import { readProgram } from './go-layouts/read-program.ts';

const fixtures = join(import.meta.dirname, '../test/fixtures/go');
const pages = { 'heap_debug1.txt': '/debug/pprof/heap?debug=1', 'pprof_index.html': '/debug/pprof/', 'vars.json': '/debug/vars' };

for (const release of releases) {
  if (!process.argv.slice(2).includes(release)) continue;
  for (const kind of ['pure', 'cgo'] as const) await keepPages(release, kind);
}

async function keepPages(release: (typeof releases)[number], kind: 'pure' | 'cgo'): Promise<void> {
  const path = locateLab(`${release}-${kind}`);
  if (!path.ok) throw new Error(path.detail);
  const folder = join(fixtures, `lab-1.${readProgram(path.value, cache).version.minor}-${kind}`);
  const lab = await startLab(path.value);
  try {
    await lab.ask('/grow?mib=30'); // what is recorded of the others had so much
    mkdirSync(folder, { recursive: true });
    for (const [file, page] of Object.entries(pages)) {
      writeFileSync(join(folder, file), await (await fetch(`http://${lab.address}${page}`)).text());
    }
    console.log(`wrote ${folder}`);
  } finally {
    await lab.stop();
  }
}
