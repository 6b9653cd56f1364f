import type { CgroupEvents } from '../../model/cgroup.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import { ptraceNeeds, type Source } from '../../model/source.ts';
import type { CgroupPlace } from './locate.ts';
import { type ReadFile, readFlat } from './numbers.ts';
import { withGroups } from './tree.ts';

/**
 * How often the group, with its children, hit its limits: memory.events of v2, memory.oom_control and memory.failcnt of v1.
 * The kill of a container's main process ends the group with it: that shows as a restart, not here.
 */
export const cgroupEvents = {
  name: 'cgroup_events',
  without: { needs: ptraceNeeds.read, lost: "the group's OOM kills and limit hits", families: ['memgap_cgroup_events_total'] },
  read(place) {
    return withGroups(place.tree, ([{ read }]) => (place.version === 1 ? eventsV1(read) : eventsV2(read)));
  },
} as const satisfies Source<CgroupPlace, CgroupEvents>;

/** v2's counters; a key that this kernel does not have is absent. */
export function eventsV2(read: ReadFile): Reading<CgroupEvents> {
  const flat = readFlat(read, 'memory.events');
  if (!flat.ok) return flat;
  const counts = flat.value;
  if (counts.size === 0) return missing('malformed', 'memory.events holds no counter');
  return found({ oom: counts.get('oom'), oomKill: counts.get('oom_kill'), max: counts.get('max'), high: counts.get('high') });
}

/** v1's counters: `oom_kill` came with Linux 4.13; failcnt counts how often usage hit the limit. */
export function eventsV1(read: ReadFile): Reading<CgroupEvents> {
  const control = readFlat(read, 'memory.oom_control');
  if (!control.ok) return control;
  const failures = read('memory.failcnt');
  const max = failures.ok && /^\d{1,15}\n?$/.test(failures.value) ? Number(failures.value) : undefined;
  return found({ oom: undefined, oomKill: control.value.get('oom_kill'), max, high: undefined });
}
