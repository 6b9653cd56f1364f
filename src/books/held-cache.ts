import type { CgroupNumbers, CgroupStat } from '../model/cgroup.ts';
import { known } from '../model/reading.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { bytes, mebibyte } from '../model/units.ts';

/** Page cache that stands in `file` and can't be taken back while something other than a mapping holds it: bytes. */
export interface HeldCache {
  /** Sent by sendfile(2) or splice(2) and not taken by the other side: as far as the queues say, for which copied bytes are the same. */
  readonly queues: number;
  /** What its pipes may hold besides: nothing outside tells what is in one. */
  readonly pipes: number;
}

/**
 * How much a pipe can be made to hold without CAP_SYS_RESOURCE (pipe(7), /proc/sys/fs/pipe-max-size); Go's own splice makes its pipes so.
 */
const pipeBytes = mebibyte;

/**
 * How much of the group's page cache may be held. Of the target's own sockets their queues tell it; of other processes of the group `sock`
 * of memory.stat (v2), which counts what is sent and not taken as well; v1 has no such number. What could not be looked at is taken for
 * nothing: memgap says elsewhere that it could not look.
 */
export function heldCache(
  { levels: [own] }: Pick<CgroupNumbers, 'levels'>,
  { openFiles, others }: Pick<Snapshot, 'openFiles' | 'others'>,
): HeldCache {
  const open = known(openFiles)?.value;
  return { queues: queued(own.stat, open?.sendHeld, known(others)?.count), pipes: (open?.pipes ?? 0) * pipeBytes };
}

function queued({ sock = bytes(0) }: CgroupStat, own: number | undefined, others: number | undefined): number {
  return others === 0 && own !== undefined ? own : Math.max(own ?? 0, sock);
}
