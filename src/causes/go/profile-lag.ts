import { mapReading } from '../../model/reading.ts';
import type { Cause } from '../engine/cause.ts';

/**
 * A heap profile is as of the last collection but one, so it shows less than the heap holds (golang/go#13463). Explained on its page and
 * never active: it holds of every heap profile, and memgap does not read the first line of one, which would tell by how much.
 */
export const profileLag: Cause = {
  name: 'profile_lag',
  title: 'a heap profile lags behind',
  claims: [],
  judge: ({ ledger: { go } }) => mapReading(go, () => 'inactive' as const),
};
