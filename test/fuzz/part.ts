import { openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { kinds } from './kinds/index.ts';
import { hashOf } from './random.ts';
import { run } from './run.ts';

// What main.ts starts for one kind: KIND SEED COUNT PROGRESS. Before each input its index is written to the file PROGRESS, for who finds
// this process dead.
const [, , name, seed, count, progress = ''] = process.argv;
const kind = kinds.find((each) => each.name === name);
if (kind === undefined) throw new Error(`no kind is called ${name}`);

const file = openSync(progress, 'w');
const failures = await run(kind, Number(seed), 0, Number(count), (index) => writeSync(file, String(index).padEnd(12), 0));
const { user, system } = process.cpuUsage();
const peak = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(
  `fuzz ${kind.name.padEnd(20)} ${String(count).padStart(7)} inputs  ${failures.length} failures  ${((user + system) / 1e6).toFixed(1)} s CPU  ${peak} MiB at most`,
);
for (const { input, message, index } of failures) {
  const saved = `${kind.name}-${hashOf(input).toString(16).padStart(8, '0')}.${kind.extension}`;
  writeFileSync(join(import.meta.dirname ?? __dirname, 'failures', saved), input);
  console.log(
    `fuzz ${kind.name}: input ${index} of seed ${seed}: ${message}\n  saved as test/fuzz/failures/${saved}: a test replays it from now on`,
  );
}
process.exitCode = failures.length === 0 ? 0 : 1;
