import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, relative, resolve } from 'node:path';
import { writeModules } from './modules.ts';
import { type Node, ownPath } from './nodes.ts';
import type { Named, Order, Outcome } from './outcome.ts';
import type { Run } from './plan.ts';

/** Two more than there are CPUs: some mostly wait. */
const modulesAtOnce = 4;

/** So many files that fail are run again. */
const maxAgain = 5;

/** What came of a run, for its lines at the end. */
export interface Ended {
  readonly version: string;
  /** The last try has passed whatever the first has not. */
  readonly isGreen: boolean;
  readonly outcome: Outcome;
  /** Files that passed only when they were run alone. */
  readonly flaky: readonly string[];
}

/** Runs test files on a Node, in modules that it writes into `scratch`; those that fail once more, one by one. */
export async function runOn({ node, files, fewInputs }: Run, scratch: string, coverage: readonly string[]): Promise<Ended> {
  const { version } = node;
  const few = fewInputs ? ', few inputs for each property' : '';
  console.log(`== node ${version}, ${files.length} files${few}`);
  async function orderOf(some: readonly string[], name: string, rest: Omit<Order, 'modules'>) {
    const modules = writeModules(join(scratch, `${version}-${name}`), some);
    const outcome = await carryOut(node, { modules: [...modules.keys()], ...rest }, fewInputs);
    return { modules, outcome };
  }
  const { modules, outcome } = await orderOf(files, 'all', { concurrency: modulesAtOnce, coverage });
  if (isGreen(outcome)) return { version, isGreen: true, outcome, flaky: [] };

  const again = filesToRunAgain(outcome.failed, modules, files);
  if (again.length === 0) return { version, isGreen: false, outcome, flaky: [] };
  console.log(`== node ${version}, once more, one by one: ${again.join(' ')}`);
  const second = await orderOf(again, 'again', { concurrency: 1, coverage: [] });
  const passed = new Set(second.outcome.passed.map(({ name }) => name));
  const stillFailed = outcome.failed.filter(({ name, file }) => !modules.has(file) && !passed.has(name));
  const isFlaky = isGreen(second.outcome) && stillFailed.length === 0;
  return { version, isGreen: isFlaky, outcome, flaky: isFlaky ? again : [] };
}

/** Resolves when the process has ended; one that said nothing has failed. */
async function carryOut({ path, version }: Node, order: Order, fewInputs: boolean): Promise<Outcome> {
  // Node 24 strips types by itself, in less time than tsx
  const types = /^v2[0-3]\./.test(version) ? ['--import', 'tsx'] : [];
  const child = spawn(path, [...types, join(import.meta.dirname, 'run-modules.ts'), JSON.stringify(order)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH: ownPath(), MEMGAP_TEST_INPUTS: fewInputs ? 'few' : 'all' },
  });
  let outcome: Outcome | undefined;
  child.on('message', (message) => {
    outcome = message as Outcome;
  });
  await once(child, 'close');
  return outcome ?? { counts: { fail: 1 }, failed: [], passed: [], skipped: [], milliseconds: {} };
}

function isGreen({ counts }: Outcome): boolean {
  return counts.fail === 0 && counts.cancelled === 0;
}

/**
 * The test files that failures are in: none where one is in no test file (its test is made by another module), unless there is but one that
 * it can be of. A module that failed as a whole stands for all of its files.
 */
export function filesToRunAgain(
  failed: readonly Named[],
  modules: ReadonlyMap<string, readonly string[]>,
  files: readonly string[],
): readonly string[] {
  if (files.length === 1) return files;
  const paths = new Map(files.map((file) => [resolve(file), file]));
  const found = new Set<string>();
  for (const { file } of failed) {
    const own = paths.get(file);
    const all = own === undefined ? (modules.get(file) ?? []) : [own];
    if (all.length === 0) return [];
    for (const each of all) found.add(each);
  }
  return found.size <= maxAgain ? [...found].map((file) => relative('.', file)) : [];
}
