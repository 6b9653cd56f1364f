import type { ProcessIdentity } from '../model/process.ts';
import { known } from '../model/reading.ts';
import type { LastObservation, Snapshot } from '../model/snapshot.ts';
import { formatBytes, formatDuration } from '../model/units.ts';

/** What the process that this one replaced, or that is gone, was last seen with; no line when there was none. */
export function lastSeen(sight: LastObservation | undefined, { process, takenAt }: Snapshot): readonly string[] {
  if (sight === undefined) return [];
  const { rss, used, usage, limit, headroom, peak } = sight;
  const container = [
    usage === undefined ? undefined : `container ${formatBytes(usage)}${limit === undefined ? '' : ` of ${formatBytes(limit)}`}`,
    headroom === undefined ? undefined : `${formatBytes(headroom)} before an OOM kill`,
    peak === undefined ? undefined : `peak ${formatBytes(peak)}`,
  ];
  const own = [
    rss === undefined ? undefined : `RSS ${formatBytes(rss)}`,
    used === undefined ? undefined : `used by Go ${formatBytes(used)}`,
  ];
  const parts = [...container, ...own].filter((part) => part !== undefined);
  return [`${when(sight, known(process), takenAt)}: ${parts.length === 0 ? 'its sizes were not known' : parts.join(', ')}`];
}

function when({ pid, takenAt: seen }: LastObservation, present: ProcessIdentity | undefined, takenAt: number): string {
  const time = new Date(seen * 1000).toISOString();
  if (present === undefined) return `pid ${pid} is not there now; it was last seen ${time}, ${ago(takenAt - seen)} ago`;
  return `restarted: the process before this one, pid ${pid}, was last seen ${time}, ${ago(present.startTime - seen)} before this one started`;
}

/** Start times are whole clock ticks, so that the next process may seem to have started before the last look. */
function ago(seconds: number): string {
  return formatDuration(Math.max(0, seconds) * 1000);
}
