import { known } from '../reading.ts';
import type { CgroupLevel, CgroupStat, Snapshot } from '../snapshot.ts';
import { bytes } from '../units.ts';

/** Page cache that stands in `file` and can't be taken back while something other than a mapping holds it: bytes. */
export interface HeldCache {
  /** Sent by sendfile(2) or splice(2) and not taken by the other side: as far as the queues say, which do not tell it from bytes that were copied. */
  readonly queues: number;
  /** What its pipes may hold besides: nothing outside tells what is in one. */
  readonly pipes: number;
}

/** As much as a pipe of a process without CAP_SYS_RESOURCE can be made to hold (pipe(7), /proc/sys/fs/pipe-max-size); Go's own splice makes its pipes so. */
const pipeSize = 1024 ** 2;

/**
 * How much of the group's page cache may be held. Of the target's own sockets their queues tell it; of other processes of the group `sock` of memory.stat
 * (v2), which counts what is sent and not taken as well; v1 has no such number. What could not be looked at is taken for nothing: memgap says elsewhere
 * that it could not look.
 */
export function heldCache({ levels: [{ stat }] }: { readonly levels: readonly [CgroupLevel, ...unknown[]] }, snapshot: HeldBy): HeldCache {
  const open = known(snapshot.openFiles)?.value;
  return { queues: queued(stat, open?.sendHeld, known(snapshot.others)?.count), pipes: (open?.pipes ?? 0) * pipeSize };
}

/** What of a snapshot tells it. */
export type HeldBy = Pick<Snapshot, 'openFiles' | 'others'>;

function queued({ sock = bytes(0) }: CgroupStat, own: number | undefined, others: number | undefined): number {
  return others === 0 && own !== undefined ? own : Math.max(own ?? 0, sock);
}
