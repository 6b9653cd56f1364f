import type { Ledger } from '../books/ledger.ts';
import { found, missing, type Reading } from '../model/reading.ts';
import { type Bytes, bytes } from '../model/units.ts';

/**
 * By how much the resident heap may still grow before a collection: up to NextGC, less what is allocated and the idle heap that is used first. NextGC heeds
 * GOMEMLIMIT already. A gap where Go's numbers or its goal are not known, or there is none.
 */
export function untilCollection(ledger: Ledger): Reading<Bytes> {
  const { go, snapshot } = ledger;
  if (!go.ok) return go;
  if (!snapshot.go.ok) return snapshot.go;
  const { nextGc, nextGcUntold, heapAlloc } = snapshot.go.value.memstats;
  if (nextGc !== undefined) return found(bytes(Math.max(0, nextGc - heapAlloc - go.value.reserved)));
  return nextGcUntold
    ? missing('unsupported', 'the heap at which the next collection comes is not known')
    : missing('disabled', 'GOGC is off');
}
