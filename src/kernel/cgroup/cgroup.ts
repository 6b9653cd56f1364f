import type { CgroupLevel, CgroupNumbers } from '../../model/cgroup.ts';
import { found, type Reading } from '../../model/reading.ts';
import { ptraceNeeds, type Source } from '../../model/source.ts';
import { type CgroupPlace, isRootGroup } from './locate.ts';
import { type OpenGroup, withGroups } from './tree.ts';
import { levelV1, ownV1 } from './v1.ts';
import { levelV2, ownV2 } from './v2.ts';

/** The memory of the target's own group and of every group above it that can be seen; usage is read before and after memory.stat. */
export const cgroup = {
  name: 'cgroup',
  without: {
    needs: ptraceNeeds.read,
    lost: "the container's usage, limit and parts, and the room left before the OOM killer",
    families: [
      'memgap_cgroup_memory_bytes',
      'memgap_cgroup_usage_bytes',
      'memgap_cgroup_limit_bytes',
      'memgap_cgroup_working_set_bytes',
      'memgap_oom_headroom_bytes',
    ],
  },
  read(place) {
    return withGroups(place.tree, (groups) => readGroups(place, groups));
  },
} as const satisfies Source<CgroupPlace, CgroupNumbers>;

function readGroups({ version, via }: CgroupPlace, [own, ...above]: readonly [OpenGroup, ...OpenGroup[]]): Reading<CgroupNumbers> {
  const numbers = version === 1 ? ownV1(own.read) : ownV2(own.read);
  if (!numbers.ok) return numbers;
  const level = levelOf(version, own);
  if (!level.ok) return level;
  const levels: [CgroupLevel, ...CgroupLevel[]] = [level.value];
  for (const group of above) {
    // the root group of the machine is no level: no limit, and on v2 no account
    const next = isRootGroup(version, group) ? undefined : levelOf(version, group);
    if (next === undefined || !next.ok) break;
    levels.push(next.value);
  }
  return found({ version, via, levels, ...numbers.value });
}

function levelOf(version: 1 | 2, group: OpenGroup): Reading<CgroupLevel> {
  return version === 1 ? levelV1(group.path, group.read) : levelV2(group.path, group.read);
}
