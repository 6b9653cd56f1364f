import type { Ledger } from '../../books/ledger.ts';
import { known } from '../../model/reading.ts';

/** The pid for a command that is to be pasted; `PID` where it is not known. */
export function pidOf({ snapshot }: Ledger): number | 'PID' {
  return known(snapshot.process)?.pid ?? 'PID';
}
