import { mapReading } from '../../model/reading.ts';
import type { Cause } from '../engine/cause.ts';

/** VmSize is address space, which Go reserves generously and never gives back (golang/go#45000). Explained on its page and never active: it holds of every Go program. */
export const virtualSize: Cause = {
  name: 'virtual_size',
  title: 'address space is not memory',
  claims: [],
  judge: ({ ledger: { go } }) => mapReading(go, () => 'inactive' as const),
};
