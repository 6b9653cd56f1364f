import type { Ledger } from '../books/ledger.ts';
import type { Past } from '../history/past.ts';
import { mostRisen } from '../history/rising.ts';
import { known } from '../model/reading.ts';
import type { LastObservation } from '../model/snapshot.ts';
import { type Bytes, bytes } from '../model/units.ts';

/** What is kept of a snapshot, and of the peaks until then, for when its process is gone; `undefined` for one without a process. */
export function observationOf({ snapshot, rss, go, cgroup }: Ledger, past: Past): LastObservation | undefined {
  const process = known(snapshot.process);
  if (process === undefined) return undefined;
  const figures = known(cgroup);
  return {
    pid: process.pid,
    startTime: process.startTime,
    takenAt: snapshot.takenAt,
    rss: known(rss)?.total,
    used: known(go)?.used,
    usage: figures?.total,
    limit: figures?.limit,
    headroom: figures && known(figures.headroom),
    peak: figures?.numbers.peak,
    unreclaimable: sizeOf(past.peak('unreclaimable')),
    notGo: sizeOf(past.peak('not_go')),
    atGoal: sizeOf(past.peak('at_goal')),
    filesInUse: sizeOf(past.peak('files_in_use')),
    oomKills: known(snapshot.events)?.oomKill,
    machineOomKills: snapshot.machineOomKills,
    grew: mostRisen(past),
  };
}

function sizeOf(peak: number | undefined): Bytes | undefined {
  return peak === undefined ? undefined : bytes(peak);
}
