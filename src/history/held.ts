import { type Ledger, strangersIn } from '../books/ledger.ts';
import { found, known, missing, type Reading } from '../model/reading.ts';
import { type Bytes, bytes, mebibyte } from '../model/units.ts';
import type { Past } from './past.ts';
import { sharedOnce, unchargedOf } from './uncharged.ts';

/** What the kernel can't take back of a target. */
export interface Held {
  readonly size: Bytes;
  /** Whose it is: all that is charged to the container; or of the process alone. */
  readonly of: HeldBy;
}

/**
 * `container`: its group; `elsewhere`: of the process, whose pages other groups are charged for, with what its own is charged for beside;
 * `shared`: of the process alone, for others that have nothing to do with it are in its group; `process`: no container was to be seen.
 */
export type HeldBy = 'container' | 'elsewhere' | 'shared' | 'process';

const toleranceRatio = 0.1; // of the process's own: it and its group are not read at one instant
const minToleranceBytes = 4 * mebibyte; // status and memory.stat are both behind by what each CPU has not handed in yet

/**
 * What can't be taken back at the moment of one ledger, and of whom it is to be told. A gap where a group is shared and the process can't
 * be told. With a past, a group is shared by those who were there at every poll: who comes and goes is an exec probe.
 */
export function heldOf(ledger: Ledger, past?: Past): Reading<Held> {
  const { cgroup, rss } = ledger;
  const own = ownOf(ledger);
  const group = known(cgroup);
  if (strangersIn(ledger.snapshot) > 0 && past?.points('strangers').every(({ floor }) => floor > 0) !== false) {
    return own === undefined ? missing('unsupported', 'the group is shared, and RSS has no kinds') : found({ size: own, of: 'shared' });
  }
  if (group?.unreclaimable === undefined) {
    if (own !== undefined) return found({ size: own, of: 'process' });
    return rss.ok ? found({ size: rss.value.total, of: 'process' }) : rss;
  }
  const uncharged = unchargedOf(ledger).memory ?? 0;
  if (uncharged > Math.max(minToleranceBytes, toleranceRatio * (own ?? 0))) {
    return found({ size: bytes(group.unreclaimable + uncharged), of: 'elsewhere' });
  }
  return found({ size: group.unreclaimable, of: 'container' });
}

/** Anonymous and shared memory of the process, and its page tables. */
function ownOf(ledger: Ledger): Bytes | undefined {
  const { rss, snapshot } = ledger;
  const kinds = rss.ok ? known(rss.value.kinds)?.components : undefined;
  if (kinds?.anon === undefined) return undefined;
  return bytes(kinds.anon + (sharedOnce(ledger) ?? 0) + (known(snapshot.status)?.vmPte ?? 0));
}
