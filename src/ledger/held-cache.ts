import { known } from '../reading.ts';
import type { CgroupLevel, CgroupStat, Snapshot } from '../snapshot.ts';

/** Page cache that stands in `file` and can't be taken back while something other than a mapping holds it: bytes. */
export interface HeldCache {
  /** Sent by sendfile(2) or splice(2) and not taken by the other side: as far as the queues say, which do not tell it from bytes that were copied. */
  readonly queues: number;
  /** What its pipes may hold besides: nothing outside tells what is in one. */
  readonly pipes: number;
}

/** The cache's pages are held in pieces (folios) that are larger than what was sent of them: 150 KiB a socket were measured, of files written by the MiB. */
const pieceAtTheEnd = 256 * 1024;

/** As much as a pipe of a process without CAP_SYS_RESOURCE can be made to hold (pipe(7), /proc/sys/fs/pipe-max-size); Go's own splice makes its pipes so. */
const pipeSize = 1024 ** 2;

/**
 * How much of the group's page cache may be held. `sock` of memory.stat (v2) counts what is sent and not taken as well, of all processes of the group,
 * so it bounds the queues; v1 has no such number, and only the target's own sockets are asked. What could not be looked at is taken for nothing:
 * memgap says elsewhere that it could not look.
 */
export function heldCache({ levels: [{ stat }] }: { readonly levels: readonly [CgroupLevel, ...unknown[]] }, snapshot: HeldBy): HeldCache {
  const open = known(snapshot.openFiles)?.value;
  const { sendQueues, sending = 0 } = open ?? {};
  const own = sendQueues === undefined ? undefined : sendQueues + Math.min(sendQueues, sending * pieceAtTheEnd);
  return { queues: queued(stat, own, known(snapshot.others)?.count), pipes: (open?.pipes ?? 0) * pipeSize };
}

/** What of a snapshot tells it. */
export type HeldBy = Pick<Snapshot, 'openFiles' | 'others'>;

function queued({ sock }: CgroupStat, own: number | undefined, others: number | undefined): number {
  if (sock === undefined) return own ?? 0;
  return others === 0 && own !== undefined ? Math.min(own, sock) : sock;
}
