import type { CgroupPressure } from '../../model/cgroup.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import { ptraceNeeds, type Source } from '../../model/source.ts';
import type { CgroupPlace } from './locate.ts';
import { withGroups } from './tree.ts';

/** How long the group's tasks waited for memory: memory.pressure, Linux 4.20 and cgroup v2, not with `psi=0` (accounting/psi.rst). */
export const cgroupPressure = {
  name: 'cgroup_pressure',
  without: {
    needs: ptraceNeeds.read,
    lost: 'how long tasks waited for memory',
    families: ['memgap_cgroup_pressure_waiting_seconds_total'],
  },
  read(place) {
    if (place.version === 1) return missing('unsupported', 'cgroup v1 has no memory.pressure');
    return withGroups(place.tree, ([group]) => {
      const text = group.read('memory.pressure');
      if (text.ok) return parsePressure(text.value);
      if (text.reason !== 'gone' || !group.read('memory.current').ok) return text;
      return missing('unsupported', 'this kernel has no memory.pressure: it needs CONFIG_PSI, and psi=1 where it is off by default');
    });
  },
} as const satisfies Source<CgroupPlace, CgroupPressure>;

/** Pure: the text of memory.pressure. Its totals are microseconds, the result is seconds. */
export function parsePressure(text: string): Reading<CgroupPressure> {
  const totals = new Map<string, number>();
  for (const [, kind = '', total] of text.matchAll(/^(some|full) .*\btotal=(\d+)$/gm)) {
    const waited = Number(total);
    if (Number.isSafeInteger(waited)) totals.set(kind, waited / 1e6);
  }
  const waiting = totals.get('some');
  if (waiting === undefined) return missing('malformed', 'memory.pressure has no total of `some`');
  return found({ waiting, stalled: totals.get('full') });
}
