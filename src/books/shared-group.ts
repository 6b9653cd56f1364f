import { known } from '../model/reading.ts';
import type { Snapshot } from '../model/snapshot.ts';

/**
 * How many processes share the target's group though they have nothing to do with it: 0 where the container is the target's (its pod's or its own, with
 * children, its init, exec probes), and what the group holds is what it holds. Else the process is to be judged and sized, not the group: a login's
 * `user.slice`, a service of several programs. Where it could not be told, none is assumed.
 */
export function strangersIn({ others }: Pick<Snapshot, 'others'>): number {
  return known(others)?.strangers ?? 0;
}
