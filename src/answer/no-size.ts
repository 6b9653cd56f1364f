import type { Ledger } from '../books/ledger.ts';
import { isCollectorOff } from '../causes/go/gogc-off.ts';
import { growthIn } from '../history/growth.ts';
import type { Past } from '../history/past.ts';
import { mostRisen, riseOf } from '../history/rising.ts';
import { isThrashing } from '../history/thrashing.ts';
import { known } from '../model/reading.ts';
import type { LastObservation } from '../model/snapshot.ts';
import { type Bytes, bytes, formatBytes, formatDuration } from '../model/units.ts';

/** The limit that would be told, and what speaks against it. */
interface CandidateSize {
  readonly limit: Bytes;
  readonly margin: Bytes;
  readonly previous: LastObservation | undefined;
  readonly peak: Bytes;
  readonly isInDoubt: boolean;
}

/** Why no size is right now, one sentence for each reason; none where one is. */
export function whyNoSize(ledger: Ledger, past: Past, candidate: CandidateSize): readonly string[] {
  return [
    collectorOff(ledger),
    growing(past),
    thrashing(ledger, past),
    throttled(ledger, past),
    killed(ledger, past, candidate),
    doubted(candidate),
  ].filter((reason) => reason !== undefined);
}

function doubted({ peak, isInDoubt }: CandidateSize): string | undefined {
  if (!isInDoubt) return undefined;
  return `whether its peak of ${formatBytes(peak)} was memory or file pages one look can't tell: watch it through such a load (memgap serve)`;
}

function collectorOff(ledger: Ledger): string | undefined {
  const memstats = known(ledger.snapshot.go)?.memstats;
  return memstats !== undefined && isCollectorOff(memstats)
    ? 'GOGC is off and no GOMEMLIMIT holds: nothing starts a collection, so it grows to any limit'
    : undefined;
}

function growing(past: Past): string | undefined {
  if (growthIn(past, 'held')?.shape === 'line') return 'it grows in a line: no size is right for long';
  const rise = riseOf(past, past.latest('at_goal') === undefined ? 'held' : 'at_goal');
  return (
    rise &&
    `it grows, by ${formatBytes(rise.size)} in ${formatDuration(rise.seconds * 1000)}${mostly(mostRisen(past))}: no size is right for long`
  );
}

function mostly(grew: LastObservation['grew']): string {
  return grew === undefined ? '' : `, most of all ${grew.what}`;
}

/** Under reclaim what is in use does not show. */
function thrashing(ledger: Ledger, past: Past): string | undefined {
  if (!isThrashing(ledger, past)) return undefined;
  return `it thrashes, file pages are taken from it and read again at once: it needs more than ${ofLimit(ledger)}`;
}

function throttled({ cgroup, snapshot }: Ledger, past: Past): string | undefined {
  const { high, unreclaimable, total } = known(cgroup) ?? {};
  const count = known(snapshot.events)?.high ?? 0;
  if (high === undefined || unreclaimable === undefined || total === undefined || count === 0) return undefined;
  const first = past.points('high_events').at(-5)?.floor ?? past.first('high_events') ?? count;
  const isNow = past.polls > 1 ? count > first : total >= 0.95 * high;
  return isNow ? `memory.high holds it back at ${formatBytes(high)}: it needs more, and how much does not show` : undefined;
}

function ofLimit({ cgroup }: Ledger): string {
  const { limit, high } = known(cgroup) ?? {};
  const bound = Math.min(limit ?? Number.POSITIVE_INFINITY, high ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(bound) ? `its ${formatBytes(bytes(bound))}` : 'it has';
}

/**
 * What was seen of a life that was cut short, or of the young one after it, is not what it needed: a size near to what killed is a guess.
 */
function killed(ledger: Ledger, past: Past, { limit, margin, previous }: CandidateSize): string | undefined {
  const here = killedHere(ledger);
  const before = killedBefore(ledger, past, margin, previous);
  const at = Math.max(here ?? 0, before?.at ?? 0);
  if (at === 0 || limit >= farAboveRatio * at) return undefined;
  const grew = previous?.grew ?? mostRisen(past);
  const what = grew === undefined ? '' : ` (most of what grew: ${grew.what}, by ${formatBytes(grew.size)})`;
  const how = here === at ? 'it was OOM-killed' : before?.how;
  const next = formatBytes(Math.max(limit, 2 * at));
  return `${how} at a limit of ${formatBytes(at)}${what}: it needs more than was seen of it. Give it ${next}, and watch a whole load`;
}

const farAboveRatio = 2; // of a ballast that was killed while its load began, 1.88 was seen, and it needed 2.2

/** The group's own count of kills; where its limit was raised since, its peak still tells the one before, at most the new one. */
function killedHere({ cgroup, snapshot }: Ledger): number | undefined {
  const { limit, numbers } = known(cgroup) ?? {};
  if ((known(snapshot.events)?.oomKill ?? 0) === 0 || limit === undefined) return undefined;
  return Math.min(limit, numbers?.peak ?? limit);
}

const suspectSeconds = 3600; // seconds: others are killed on a machine, too

/** A process that was killed at its limit took its group along, and the counter with it. */
function killedBefore({ snapshot }: Ledger, past: Past, margin: Bytes, previous: LastObservation | undefined) {
  if (previous?.limit === undefined) return undefined;
  const at = previous.limit;
  const kills = Math.max(previous.oomKills ?? 0, known(snapshot.events)?.oomKill ?? 0);
  if (kills > 0) return { at, how: 'it was OOM-killed' };
  if (previous.headroom !== undefined && previous.headroom <= margin) {
    const room = formatBytes(bytes(Math.max(0, previous.headroom)));
    return { at, how: `the process before this one was last seen ${room} before an OOM kill` };
  }
  const ever = past.first('machine_oom_kills') ?? snapshot.machineOomKills;
  const isSuspect = ever !== undefined && ever > (previous.machineOomKills ?? ever) && past.until - past.since < suspectSeconds;
  return isSuspect ? { at, how: 'the process before this one ended when the kernel killed for want of memory,' } : undefined;
}
