import type { Ledger } from '../ledger/ledger.ts';
import { known } from '../reading.ts';
import type { LastSight } from '../snapshot.ts';

/** What is kept of a snapshot for when its process is gone; `undefined` for one without a process. */
export function sightOf({ snapshot, rss, go, cgroup }: Ledger): LastSight | undefined {
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
  };
}
