// Runs the tests: all with Node 24, the one that the image has; with Node 26 what hangs on Node; and what shows that the bundle runs with
// 22 and 20 too (tiers.ts says which). A release that can't be had (scripts/nodes.sh fetches them) is skipped, loudly; without 24 the node
// of the PATH takes its place. Every run ends with what was skipped, each with its reason, what took longest, and one line of counts for
// each Node. A file that fails is run once more with nothing beside it, for these machines are shared and noisy: the counts name what
// passed only then.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import type { Outcome } from './outcome.ts';
import { planOf } from './plan.ts';
import { type Ended, runOn } from './run-on.ts';
import { everything, quick, sourcesOf } from './tiers.ts';

const usage = `usage: test.sh [--quick | --once] [--node MAJOR] [--coverage] [FILE or FOLDER]...
  --quick      the pure rooms, with few inputs for each property, on one Node
  --once       on one Node: 24, or the one of the PATH where that is not there
  --node 20    on that one alone
  --coverage   prints how much of each file of src the tests came through`;

const options = {
  quick: { type: 'boolean', default: false },
  once: { type: 'boolean', default: false },
  node: { type: 'string' },
  coverage: { type: 'boolean', default: false },
} as const;

async function main(): Promise<number> {
  const { values, positionals: paths } = parse();
  const lost = paths.find((path) => !existsSync(path));
  if (lost !== undefined) {
    console.error(`test.sh: there is no ${lost}`);
    return 2;
  }
  const plan = planOf({
    paths,
    quick: values.quick,
    once: values.once,
    major: values.node === undefined ? undefined : Number(values.node),
  });
  if (plan.runs.some(({ files }) => files.length === 0)) {
    console.error(`test.sh: no *.test.ts in ${paths.join(' ')}`);
    return 2;
  }
  const coverage = values.coverage ? sourcesOf(values.quick ? quick.paths : paths.length > 0 ? paths : everything.paths) : [];
  const scratch = mkdtempSync(join(tmpdir(), 'memgap-tests-'));
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  if (!values.quick) bundleInto(scratch);
  const ended: Ended[] = [];
  for (const run of plan.runs) {
    const end = await runOn(run, scratch, coverage);
    printSkipped(end.outcome);
    printSlowest(end.outcome);
    ended.push(end);
  }
  console.log('');
  for (const { version, outcome, flaky } of ended) {
    const counts = ['pass', 'fail', 'cancelled', 'skipped'].map((what) => `${outcome.counts[what] ?? 0} ${what}`).join(', ');
    console.log(`node ${version}: ${counts}${flaky.length > 0 ? `; FLAKY, passed when run alone: ${flaky.join(' ')}` : ''}`);
  }
  for (const major of plan.absent)
    console.log(`node v${major}: SKIPPED, it is not there (scripts/nodes.sh ${major} fetches it, for linux-x64 only)`);
  const isGreen = ended.length > 0 && ended.every((end) => end.isGreen);
  if (!isGreen) console.log('FAILED');
  return isGreen ? 0 : 1;
}

function parse() {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    console.error(`test.sh: ${error instanceof Error ? error.message : error}\n${usage}`);
    process.exit(2);
  }
}

/** For the files that run memgap: what each would build for itself, which they do when this fails. */
function bundleInto(folder: string): void {
  if (process.env.MEMGAP_TEST_BUNDLE) return;
  const bundle = join(folder, 'dist/memgap.cjs');
  const { status } = spawnSync(process.execPath, ['scripts/build.mjs', 'src/main.ts', bundle], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status === 0) process.env.MEMGAP_TEST_BUNDLE = bundle;
}

/** Each reason once, with the tests that have it. */
function printSkipped({ skipped }: Outcome): void {
  const byReason = skipped.toSorted((one, other) => (one.reason < other.reason ? -1 : 1));
  let last: string | undefined;
  for (const { reason, name } of byReason) {
    if (reason !== last) console.log(`SKIPPED: ${reason || '(no reason given)'}`);
    last = reason;
    console.log(`  ${name}`);
  }
}

/** Where the minutes go: what took longest, of what took long. */
function printSlowest({ milliseconds }: Outcome): void {
  const long = Object.entries(milliseconds).filter(([, spent]) => spent > 10_000);
  for (const [file, spent] of long.toSorted(([, one], [, other]) => other - one).slice(0, 10)) {
    console.log(`${(spent / 1000).toFixed(0).padStart(4)} s  ${relative('.', file)}`);
  }
}

process.exitCode = await main();
