import type { CgroupFigures } from '../../books/ledger.ts';
import { untilCollection } from '../../history/collections.ts';
import { filesInUse } from '../../history/files-in-use.ts';
import { notGoOf } from '../../history/not-go.ts';
import { found, known, missing } from '../../model/reading.ts';
import { type Bytes, formatBytes } from '../../model/units.ts';
import { type Cause, inactive, size } from '../engine/cause.ts';
import { memoryLimitOf, ofEnvironment, type Setting } from '../go/go-settings.ts';
import { gomemlimitBelow } from '../go/gomemlimit-below.ts';

const nearLimitRatio = 0.8; // of the limit: without GOMEMLIMIT nothing is wrong before

/**
 * GOMEMLIMIT leaves less below the container's limit than what is not Go's needs, so that Go does not collect before the kernel kills
 * (kgateway#14648, automemlimit#3). From go_gc_gomemlimit_bytes or the target's memory, else from the environment, which does not show what
 * SetMemoryLimit set: where none is told, NextGC, which heeds it, says whether a collection comes in time.
 */
export const limitWithoutHeadroom: Cause = {
  name: 'limit_without_headroom',
  title: 'GOMEMLIMIT too near to the limit',
  claims: [],
  judge({ ledger, past }) {
    const { cgroup, go } = ledger;
    if (!cgroup.ok) return cgroup;
    if (!go.ok) return go;
    const { limit, unreclaimable } = cgroup.value;
    if (limit === undefined) return inactive;
    const told = memoryLimitOf(ledger);
    const set = known(told);
    const growth = untilCollection(ledger);
    if (!told.ok && !growth.ok) return told;
    if (unreclaimable === undefined) return missing('unsupported', 'memory.stat does not tell how much can be reclaimed');
    const others = notGoOf(ledger) ?? 0;
    const atGoal = unreclaimable + (known(growth) ?? 0);
    if (!isTight({ limit, set: set?.value, others, unreclaimable, atGoal })) return inactive;
    const most = Math.max(others, past.peak('not_go') ?? 0); // what is set is to last through the next such peak
    const files = filesInUse(ledger, 'container')?.size ?? 0;
    const fitting = gomemlimitBelow(ledger, past, { limit, beside: most + files });
    const goal = known(ledger.snapshot.go)?.memstats.nextGc;
    return found({
      evidence: [
        size('limit of the container', limit, limitSource(cgroup.value)),
        set !== undefined && set.value !== 'off' && size('GOMEMLIMIT', set.value, sources[set.source]),
        typeof set?.value !== 'number' && size('the next collection comes at', goal, 'NextGC'),
        size("not Go's, and not reclaimable", others, 'usage - reclaimable - what is resident of what GOMEMLIMIT counts'),
        formatBytes(most) !== formatBytes(others) && size('at most, since this process is watched', most, 'the same, the highest snapshot'),
      ],
      summary: `${setting(set, limit)}, and ${formatBytes(others)} of the container is not Go's: the kernel may kill before Go collects.`,
      next: fitting.ok ? `GOMEMLIMIT=${fitting.value} (${formatBytes(fitting.value)})` : `raise the limit: ${fitting.detail}`,
    });
  },
};

interface Figures {
  readonly limit: number;
  readonly set: Setting<Bytes>['value'] | undefined;
  readonly others: number;
  readonly unreclaimable: number;
  readonly atGoal: number;
}

/** A collection that comes at NextGC comes in time, if that fits: whoever set what. */
function isTight({ limit, set, others, unreclaimable, atGoal }: Figures): boolean {
  if (typeof set === 'number') return limit - set < others;
  return atGoal > limit || (set === 'off' && unreclaimable > nearLimitRatio * limit);
}

const sources = { runtime: 'go_gc_gomemlimit_bytes, or gcController.memoryLimit', environment: 'environ' } satisfies Record<
  Setting<Bytes>['source'],
  string
>;

function setting(set: Setting<Bytes> | undefined, limit: Bytes): string {
  const shown = formatBytes(limit);
  if (set === undefined) return `The heap may grow beyond a limit of ${shown} before it is collected`;
  if (set.value === 'off') return `No GOMEMLIMIT is set below a limit of ${shown}`;
  const where = set.source === 'environment' ? ` (${ofEnvironment})` : '';
  const place = set.value > limit ? 'above' : set.value === limit ? 'at' : 'below';
  return `GOMEMLIMIT is ${formatBytes(set.value)}${where} ${place} a limit of ${shown}`;
}

function limitSource({ numbers }: CgroupFigures): string {
  return numbers.version === 2 ? 'memory.max' : 'memory.limit_in_bytes';
}
