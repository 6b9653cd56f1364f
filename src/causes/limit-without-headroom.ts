import type { CgroupFigures, Ledger } from '../ledger/ledger.ts';
import { found, known, missing } from '../reading.ts';
import { type Bytes, formatBytes } from '../units.ts';
import type { Cause } from './cause.ts';
import { leastOverCollections } from './collections.ts';
import { size } from './evidence.ts';
import { memoryLimitOf, ofEnvironment, type Setting } from './go-settings.ts';
import { notGoOf } from './not-go.ts';
import type { Past } from './past.ts';

const near = 0.8; // of the limit: without GOMEMLIMIT nothing is wrong before
const margin = 0.05; // of the limit: what the kernel charges in advance, and what grows between two snapshots
const room = 1.1; // of what Go needs: with less it does nothing but collect
const mebibyte = 1024 ** 2;

/**
 * GOMEMLIMIT leaves less below the container's limit than what is not Go's needs, so that Go does not collect before the kernel kills
 * (kgateway#14648, automemlimit#3). From go_gc_gomemlimit_bytes, else from the environment, which does not show what SetMemoryLimit set.
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
    if (limit === undefined) return found('not this');
    const told = memoryLimitOf(ledger);
    if (!told.ok) return told;
    const set = told.value.value;
    if (unreclaimable === undefined) return missing('unsupported', 'memory.stat does not tell how much can be reclaimed');
    const others = notGoOf(ledger) ?? 0;
    const most = Math.max(others, past.peak('not_go') ?? 0); // what is set is to last through the next such peak
    const isTight = set === 'off' ? unreclaimable > near * limit : limit - set < others;
    if (!isTight) return found('not this');
    const fitting = Math.floor((limit - most - margin * limit) / mebibyte) * mebibyte;
    return found({
      evidence: [
        size('limit of the container', limit, limitSource(cgroup.value)),
        ...(set === 'off' ? [] : [size('GOMEMLIMIT', set, sources[told.value.source])]),
        size("not Go's, and not reclaimable", others, 'usage - reclaimable - what is resident of what GOMEMLIMIT counts'),
        ...(most > others ? [size('at most, since this process is watched', most, 'the same, the highest snapshot')] : []),
      ],
      summary: `${setting(told.value)} below a limit of ${formatBytes(limit)}, and ${formatBytes(others)} of the container is not Go's: the kernel may kill before Go collects.`,
      next:
        fitting >= room * needOf(ledger, past)
          ? `GOMEMLIMIT=${fitting} (${formatBytes(fitting)})`
          : `raise the limit: Go uses ${formatBytes(go.value.used)}, and ${formatBytes(Math.max(0, fitting))} would be left for it`,
    });
  },
};

const sources = { runtime: 'go_gc_gomemlimit_bytes', environment: 'environ' } satisfies Record<Setting<Bytes>['source'], string>;

function setting({ value, source }: Setting<Bytes>): string {
  if (source === 'runtime') return value === 'off' ? 'No GOMEMLIMIT is set' : `GOMEMLIMIT is ${formatBytes(value)}`;
  return value === 'off' ? `No GOMEMLIMIT (${ofEnvironment})` : `GOMEMLIMIT is ${formatBytes(value)} (${ofEnvironment})`;
}

/** What Go can't do without: all that it uses but garbage, as far as that was seen, and idle heap. */
function needOf({ go, snapshot }: Ledger, past: Past): number {
  const { used = 0, reserved = 0 } = known(go) ?? {};
  const allocated = known(snapshot.go)?.memstats.heapAlloc ?? 0;
  return used - reserved - allocated + Math.min(allocated, leastOverCollections(past, 'heap_alloc') ?? allocated);
}

function limitSource({ numbers }: CgroupFigures): string {
  return numbers.version === 2 ? 'memory.max' : 'memory.limit_in_bytes';
}
