import type { Ledger } from '../books/ledger.ts';
import { known } from '../model/reading.ts';
import { type Bytes, bytes } from '../model/units.ts';
import { heldOf } from './held.ts';
import type { Past } from './past.ts';

const freshSeconds = 10; // seconds between the walk over the mappings and the end of its poll
const samePollSeconds = 1; // second: the walk of this very poll

/**
 * What can't be taken back and GOMEMLIMIT does not govern: C, other processes, sockets, kernel memory. Of RSS where no container is seen.
 */
export function notGoOf(ledger: Ledger): Bytes | undefined {
  const { cgroup, rss } = ledger;
  return besideGo(ledger, known(cgroup)?.unreclaimable ?? known(rss)?.total);
}

/** The same of what counts for a size: of the process alone where its group is shared, or another group is charged for it. */
export function notGoHeld(ledger: Ledger, past?: Past): Bytes | undefined {
  return besideGo(ledger, known(heldOf(ledger, past))?.size);
}

/** The same, for its peak: absent where Go's part is of another time than the whole, for Go allocated in between. */
export function steadyNotGo(ledger: Ledger): Bytes | undefined {
  const { mapped, snapshot } = ledger;
  if (!snapshot.bracket.ok || !snapshot.bracket.value.stable) return undefined;
  if (mapped.ok && snapshot.takenAt - mapped.value.at > freshSeconds) return undefined;
  return notGoHeld(ledger);
}

function besideGo(ledger: Ledger, held: Bytes | undefined): Bytes | undefined {
  const go = goResident(ledger);
  return held === undefined || go === undefined ? undefined : bytes(Math.max(0, held - go));
}

/**
 * What is resident of what GOMEMLIMIT counts: heap, stacks and tables; what was given back and is resident all the same, it does not. Of a
 * process whose mappings were not walked, all that Go counts; of one that was walked a while ago, no less than that without what was not
 * resident then: a heap that grew since is not C.
 */
function goResident({ go, mapped, snapshot }: Ledger): Bytes | undefined {
  const { value: book, at = 0 } = known(mapped) ?? {};
  if (!go.ok || book?.components.go_arenas === undefined) return known(go)?.used;
  const walked = book.components.go_arenas + (book.components.go_metadata ?? 0);
  const isOfNow = snapshot.takenAt - at < samePollSeconds;
  return bytes(isOfNow ? walked : Math.max(walked, go.value.used - (book.notResident ?? 0)));
}
