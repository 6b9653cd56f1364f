import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { access } from './access.ts';
import { accounts } from './accounts.ts';
import { causes } from './causes.ts';
import { faults } from './faults.ts';
import { held } from './held.ts';
import { hugePages } from './huge-pages.ts';
import { node } from './node.ts';
import { room } from './room.ts';
import { story } from './story.ts';

/** Keeps what was seen as JSON, for the tests outside of the machine. */
export type Keep = (path: string, seen: unknown) => void;

const keep: Keep = (path, seen) => {
  const file = `/out/${path}`; // what PID 1 hands out
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(seen));
};

/** The longest first; each stands alone, so that one that fails does not cost the others. */
const jobs: Readonly<Record<string, () => Promise<void>>> = {
  faults: () => faults(keep),
  accounts: () => accounts(keep),
  causes: () => causes(keep),
  held: () => held(keep),
  room: () => room(keep),
  access: () => access(keep),
  story: () => story(keep),
  node: () => node(keep),
  ...Object.fromEntries(
    (['huge-live', 'huge-released', 'huge-beside-untouched', 'collapsed', 'untouched'] as const).map((leak, index) => [
      `go-newest-${leak}`,
      () => hugePages(keep, 'go-newest', leak, 6100 + index),
    ]),
  ),
  'go1.19-collapsed': () => hugePages(keep, 'go1.19', 'collapsed', 6110),
  'go1.19-huge-beside-untouched': () => hugePages(keep, 'go1.19', 'huge-beside-untouched', 6111),
};

const waiting = Object.entries(jobs);
const seconds: Record<string, number> = {};

async function work(): Promise<void> {
  for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
    const [name, run] = job;
    const begin = performance.now();
    await run().catch((error: Error) => keep(`failed/${name}.json`, error.stack ?? String(error)));
    seconds[name] = (performance.now() - begin) / 1000;
    console.log(`${name}: ${seconds[name]} s`);
  }
}

await Promise.all([work(), work()]); // a worker for each CPU of the machine
keep('seconds.json', seconds);
process.exit(0); // also where a failed job left containers behind
