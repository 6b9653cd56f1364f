import type { Ledger } from '../books/ledger.ts';
import { known } from '../model/reading.ts';

/** Sizes in bytes by name, of one snapshot; what is not known is absent. */
export type Measure = Readonly<Record<string, number>>;

/** Sizes of whole books, and what follows from several. */
export const totals = ['rss', 'used', 'unexplained', 'usage', 'unreclaimable'] as const;

/**
 * What a load test compares, under the names of the metrics: the totals, the components of the RSS book and of the Go book, and those of
 * the container as `cgroup_NAME` while no other process is in it.
 */
export function measureOf({ rss, go, mapped, cgroup, unexplained, snapshot }: Ledger): Measure {
  const owners = known(mapped)?.value;
  const group = known(cgroup);
  const isAlone = known(snapshot.others)?.count === 0;
  const parts = isAlone ? (group?.components ?? {}) : {};
  const wholes: Record<(typeof totals)[number], number | undefined> = {
    rss: known(rss)?.total,
    used: known(go)?.used,
    unexplained: known(unexplained),
    usage: group?.total,
    unreclaimable: group?.unreclaimable,
  };
  return present({
    ...wholes,
    ...owners?.components,
    unattributed: owners?.unattributed,
    ...known(go)?.components,
    ...Object.fromEntries(Object.entries(parts).map(([name, size]) => [`cgroup_${name}`, size])),
  });
}

/** The least of each size over some snapshots: what stays when load and garbage have gone. */
export function floorsOf(measures: readonly Measure[]): Measure {
  return merged(measures, Math.min);
}

/** The most of each. */
export function peaksOf(measures: readonly Measure[]): Measure {
  return merged(measures, Math.max);
}

function merged(measures: readonly Measure[], choose: (one: number, other: number) => number): Measure {
  const result: Record<string, number> = {};
  for (const measure of measures) {
    for (const [name, size] of Object.entries(measure)) result[name] = choose(result[name] ?? size, size);
  }
  return result;
}

function present(sizes: Readonly<Record<string, number | undefined>>): Measure {
  return Object.fromEntries(Object.entries(sizes).flatMap(([name, size]) => (size === undefined ? [] : [[name, size]])));
}

/** What a load test goes through: once `idle`, then `load` and `after` in turn. */
export type PhaseName = 'idle' | 'load' | 'after';

/** One phase, recorded. */
export interface Phase {
  readonly name: PhaseName;
  /** 0 for `idle`, else which load. */
  readonly cycle: number;
  /** Unix seconds. */
  readonly from: number;
  readonly until: number;
  readonly samples: number;
  readonly floors: Measure;
  readonly peaks: Measure;
  /** Whether the target's heap was collected before its floors were taken. */
  readonly collected: boolean;
}
