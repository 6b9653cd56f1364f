import type { Ledger } from '../ledger/ledger.ts';
import { known } from '../reading.ts';

/** The pid for a command that is to be pasted; `PID` where it is not known. */
export function pidOf({ snapshot }: Ledger): number | 'PID' {
  return known(snapshot.process)?.pid ?? 'PID';
}
