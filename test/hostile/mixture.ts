import { type Family, familiesOf, type HostileTarget, targetsOf } from './families.ts';
import { startPages, startProcess } from './start.ts';

/** Thirty of all kinds: those that cost their reader most, and one of each way to be wrong at once. */
export const mixture: readonly string[] = [
  'framing/drip',
  'framing/drip-head',
  'framing/silent',
  'framing/endless',
  'framing/byte-chunks',
  'framing/trailers',
  'framing/header-flood',
  'framing/reset',
  'memstats/growing-heap',
  'memstats/growing-released',
  'memstats/shrinking-heap',
  'memstats/largest-heap',
  'memstats/cycles-back',
  'profile/newlines',
  'profile/tiny-records',
  'profile/many-heads',
  'profile/escapes',
  'expvar/brackets',
  'expvar/near-keys',
  'expvar/escapes',
  'exposition/newlines',
  'exposition/near-families',
  'exposition/labelled',
  'process/mapping-churn',
  'process/page-tables-restless',
  'process/page-tables',
  'process/exec-loop',
  'process/descriptors',
  'process/hung-executable',
  'process/hung-lower-layer',
];

/** Endpoints that send a byte a second. */
export const drips: readonly string[] = Array.from({ length: 30 }, () => 'framing/drip');

/** Families that run, each in a process of its own. */
export interface Mixture {
  /** A target for each that runs; of those that can be read in several ways, in turn. */
  readonly targets: readonly HostileTarget[];
  /** Those that this machine does not let run (FUSE without root), with what it said. */
  readonly missing: ReadonlyArray<{ readonly path: string; readonly why: string }>;
  stop(): Promise<void>;
}

/** Starts families by their paths, in their order; the same one twice makes two targets. Stop it before the memgap that watches it. */
export async function startMixture(program: string, paths: readonly string[]): Promise<Mixture> {
  const families = new Map(familiesOf(program).map((family) => [family.path, family]));
  const running: Array<{ stop(): Promise<void> }> = [];
  const targets: HostileTarget[] = [];
  const missing: Array<{ path: string; why: string }> = [];
  for (const [index, path] of paths.entries()) {
    const family = families.get(path);
    if (family === undefined) throw new Error(`the hostile program has no ${path}`);
    try {
      const hostile = await startFamily(program, family);
      running.push(hostile);
      const ways = targetsOf(family, hostile);
      const target = ways[index % ways.length];
      if (target !== undefined)
        targets.push(targets.some(({ name }) => name === target.name) ? { ...target, name: `${target.name} ${index}` } : target);
    } catch (error) {
      missing.push({ path, why: String(error) });
    }
  }
  return { targets, missing, stop: async () => void (await Promise.all(running.map((each) => each.stop()))) };
}

/** Starts one family, in a process of its own. */
export function startFamily(program: string, { kind, name }: Family) {
  return kind === 'process' ? startProcess(program, name) : startPages(program);
}
