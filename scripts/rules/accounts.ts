import { cgroupTable } from '../../src/model/components/cgroup.ts';
import { goTable } from '../../src/model/components/go.ts';
import { rssTable } from '../../src/model/components/rss.ts';
import { type BookTable, rowsOf } from '../../src/model/components/table.ts';

/** A number of a target that should not grow for ever. */
export interface Account {
  /** The label `account` of its alerts, and what a silence or a route can be made of. */
  readonly name: string;
  /** As a sentence's subject. */
  readonly title: string;
  readonly metric: string;
  /** The value of the metric's label `component`, where it has one. */
  readonly component?: string;
  /** Whose runbook it is, by name of src/causes/index.ts; none where no single cause is likely. */
  readonly cause?: string;
}

const unexplained = { name: 'unexplained', title: 'Resident memory that Go does not explain', metric: 'memgap_rss_unexplained_bytes' };

const otherProcesses = {
  name: 'other_processes',
  title: 'Memory of other processes in the container',
  metric: 'memgap_other_processes_rss_bytes',
  cause: 'other_processes',
};

/**
 * Every account whose growth alerts: the components that say so in their book's table. Left out: what the kernel takes back by itself (page
 * cache, mapped files, reclaimable slab, lazily freed pages), what Go keeps for reuse, totals (they hold the plateau of any peak), and what
 * another account here holds.
 */
export const accounts: readonly Account[] = [unexplained, ...[goTable, rssTable, cgroupTable].flatMap(accountsIn), otherProcesses];

function accountsIn(table: BookTable): readonly Account[] {
  return [...rowsOf(table), ['unattributed', table.unattributed] as const].flatMap(([component, { alert }]) =>
    typeof alert === 'object' ? [{ name: `${table.name}_${component}`, metric: table.family, component, ...alert }] : [],
  );
}
