import type { GoNumbers } from '../model/go.ts';
import type { ProcessIdentity } from '../model/process.ts';
import type { Reading } from '../model/reading.ts';
import type { Snapshot } from '../model/snapshot.ts';

/** What became of a target since its last snapshot: `replaced` is its process with another program in it, `restarted` another process. */
type Transition = 'same' | 'replaced' | 'restarted';

/** Tells one life of a target from the next: by its process where that is in sight, else by what its runtime tells of itself. */
export interface RestartDetector {
  /** Takes the next snapshot. */
  next(snapshot: Snapshot): Transition;
}

/** What the numbers of one run of a Go program tell of it; a source that does not tell leaves what another one told. */
interface Run {
  /** Unix seconds. */
  readonly startTime: number | undefined;
  readonly numGc: number | undefined;
}

/** It is made anew for each answer, from the time of boot in whole seconds. */
const sameStartSeconds = 1;

/** Of a target that was not seen yet. */
export function createRestartDetector(): RestartDetector {
  let identity: ProcessIdentity | undefined;
  let run: Run | undefined;

  function next({ process, go }: Snapshot): Transition {
    const byRun = follow(go);
    if (!process.ok) {
      if (byRun === 'restarted') identity = undefined; // counted: not once more when the new process comes in sight
      return byRun;
    }
    const transition = identity === undefined ? byRun : transitionOf(identity, process.value);
    identity = process.value;
    return transition;
  }

  function follow(go: Reading<GoNumbers>): Transition {
    if (!go.ok) return 'same';
    const before = run;
    const now = { startTime: go.value.processStartTime, numGc: go.value.memstats.numGc };
    const isOther = before !== undefined && isAnotherRun(before, now);
    run = isOther ? now : { startTime: now.startTime ?? before?.startTime, numGc: now.numGc ?? before?.numGc };
    return isOther ? 'restarted' : 'same';
  }

  return { next };
}

function transitionOf(before: ProcessIdentity, now: ProcessIdentity): Transition {
  if (now.pid !== before.pid || now.startTicks !== before.startTicks) return 'restarted';
  const isKnown = now.program !== undefined && before.program !== undefined;
  return isKnown && now.program !== before.program ? 'replaced' : 'same';
}

/** Collections are only ever counted up, but of two runs the later one may have made more: the start time is the better word. */
function isAnotherRun(before: Run, now: Run): boolean {
  if (before.startTime !== undefined && now.startTime !== undefined) return Math.abs(now.startTime - before.startTime) > sameStartSeconds;
  return before.numGc !== undefined && now.numGc !== undefined && now.numGc < before.numGc;
}
