import { mapReading } from '../../model/reading.ts';
import type { Cause } from '../engine/cause.ts';

/** VmSize is address space, which Go reserves generously for good (golang/go#45000). Never active: it is true of every Go program. */
export const virtualSize: Cause = {
  name: 'virtual_size',
  title: 'address space is not memory',
  claims: [],
  judge: ({ ledger: { go } }) => mapReading(go, () => 'inactive' as const),
};
