import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Some of the tests. */
export interface Tier {
  /** Files and folders. */
  readonly paths: readonly string[];
  readonly without: readonly string[];
}

/** The pure rooms, and what is checked of the sources and documents as text: no bundle, no lab, no other process. */
export const quick: Tier = {
  paths: [
    'test/model',
    'test/books',
    'test/history',
    'test/causes',
    'test/answer',
    'test/doctor',
    'test/loadtest',
    'test/inject',
    'test/docs',
    'test/words',
  ],
  without: [
    'test/model/components/invented.test.ts', // the compiler and a bundle
    'test/model/go-layouts.test.ts', // labs
    'test/books/owners/turns.test.ts',
    'test/causes/proofs.test.ts',
  ],
};

/** All but the parts of `make ci` that have a command of their own. */
export const everything: Tier = {
  paths: ['test'],
  without: ['test/advice', 'test/containers', 'test/hostile', 'test/remedies', 'test/vm'],
};

/** What does not hang on Node, and so runs on one release of it alone, the one that the image has. */
export const onOneNode = [
  // files, and programs of others: no code of memgap's
  'test/acceptance',
  'test/bench',
  'test/dashboards',
  'test/deploy',
  'test/docs',
  'test/floor-plan.test.ts',
  'test/lab',
  'test/scripts',
  // what Go and the kernel do, by books that all other tests hold on both
  'test/causes/proofs.test.ts',
  'test/e2e/accuracy.test.ts',
  'test/e2e/lab.test.ts',
  // what Prometheus makes of the panels' queries
  'test/e2e/dashboards.test.ts',
  // what memgap's own code holds on to, and how often its loops turn; that a release of Node keeps no more is what the footprint test says
  'test/e2e/soak.test.ts',
  'test/books/owners/turns.test.ts',
];

/** Ends to ends by the bundle: what runs on every Node that `engines` names, on those too that are past their end. */
export const smoke: Tier = {
  paths: ['test/bin', 'test/deadline.test.ts', 'test/e2e/explain.test.ts', 'test/e2e/serve.test.ts', 'test/e2e/prometheus.test.ts'],
  without: [],
};

/** The files of src that the tests of these paths are about, as globs. */
export function sourcesOf(paths: readonly string[]): readonly string[] {
  const sources = paths.map((path) => path.replace(/^test\b/, 'src'));
  return sources.map((path) => (path.endsWith('.test.ts') ? path.replace('.test.ts', '.ts') : `${path}/**`));
}

/** The test files of a tier, sorted. */
export function filesOf({ paths, without }: Tier): readonly string[] {
  const files = paths.flatMap((path) => (statSync(path).isDirectory() ? testsIn(path) : [path]));
  return files.filter((file) => !isWithin(file, without)).toSorted();
}

/** Whether a file is one of those, or in a folder of them. */
export function isWithin(file: string, paths: readonly string[]): boolean {
  return paths.some((path) => file === path || file.startsWith(`${path}/`));
}

function testsIn(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules/')).map((name) => join(folder, name));
}
