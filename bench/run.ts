import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before } from './before.ts';
import type { Bench } from './bench.ts';
import { capacity } from './capacity.ts';
import { config } from './config.ts';
import { discovery } from './discovery.ts';
import { footprint, largeBodies } from './footprint.ts';
import { hostile } from './hostile.ts';
import { lock } from './lock.ts';
import { machine } from './machine.ts';
import { measures } from './measures.ts';
import { install } from './memgap.ts';
import { modules } from './modules.ts';
import { peers } from './peers.ts';
import { reads } from './reads.ts';
import { scrape } from './scrape.ts';
import { smapsWalks } from './smaps.ts';
import { startup } from './startup.ts';
import { markdown } from './table.ts';
import { findNodes, root } from './variants.ts';
import { work } from './work.ts';

/** Every bench, by the name that runs it alone. */
const benches: Readonly<Record<string, Bench>> = {
  startup,
  before,
  modules,
  scrape,
  reads,
  work,
  smaps: smapsWalks,
  lock,
  peers,
  footprint,
  'large-bodies': largeBodies,
  capacity,
  discovery,
  config,
  hostile,
};

const intro = `# What memgap costs

Made by \`make bench\` (\`node --import tsx bench/run.ts\`, 28 minutes); the command at the head of each table repeats that table alone and
prints it. Times move by a factor of two between machines, and more on a busy one; RssAnon by 2 to 4 MiB from start to start on Node 24, by 1 on Node 20. MiB and MB of bodies are binary.
Nothing here is asserted but RssAnon and its growth (test/e2e/footprint.test.ts).
`;

async function run(names: readonly string[]): Promise<number> {
  const unknown = names.find((name) => benches[name] === undefined);
  if (unknown !== undefined) {
    console.error(`bench: no bench is called ${unknown}; there are: ${Object.keys(benches).join(', ')}`);
    return 2;
  }
  const nodes = findNodes();
  const installation = install();
  process.once('exit', installation.remove).once('SIGINT', () => process.exit(130)); // what was started ends with this process
  const version = execFileSync(process.execPath, [join(installation.folder, 'dist/memgap.cjs'), '--version'], { encoding: 'utf8' });
  const parts = [intro, [...machine(nodes, version.trim()), '', ''].join('\n'), measures];
  console.log(parts.join('\n'));
  for (const [name, bench] of Object.entries(benches)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const begin = Date.now();
    const say = (text: string) => console.error(`bench ${name}: ${text}`);
    for (const table of await bench({ installation, nodes, say })) {
      const text = markdown(table, `node --import tsx bench/run.ts ${name}`);
      console.log(text);
      parts.push(text);
    }
    say(`${Math.round((Date.now() - begin) / 1000)} s`);
  }
  if (names.length > 0) return 0;
  const file = 'docs/footprint.md';
  writeFileSync(join(root, file), `${parts.join('\n').trimEnd()}\n`);
  console.error(`bench: written to ${file}`);
  return 0;
}

process.exitCode = await run(process.argv.slice(2));
