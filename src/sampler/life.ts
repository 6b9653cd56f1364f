import type { ProcessIdentity, Snapshot } from '../snapshot.ts';

/** What became of a target since its last snapshot: `replaced` is its process with another program in it, `restarted` another process. */
type Fate = 'same' | 'replaced' | 'restarted';

/** One life of a target after the other. */
export interface Life {
  /** Takes the next snapshot. */
  next(snapshot: Snapshot): Fate;
}

/** A life that has not begun. */
export function createLife(): Life {
  let identity: ProcessIdentity | undefined;

  function next({ process }: Snapshot): Fate {
    if (!process.ok) return 'same';
    const fate = identity === undefined ? 'same' : fateOf(identity, process.value);
    identity = process.value;
    return fate;
  }

  return { next };
}

function fateOf(before: ProcessIdentity, now: ProcessIdentity): Fate {
  if (now.pid !== before.pid || now.startTicks !== before.startTicks) return 'restarted';
  const isKnown = now.program !== undefined && before.program !== undefined;
  return isKnown && now.program !== before.program ? 'replaced' : 'same';
}
