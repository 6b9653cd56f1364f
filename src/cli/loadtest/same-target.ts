import type { ProcessIdentity } from '../../model/process.ts';
import { known } from '../../model/reading.ts';
import type { Snapshot } from '../../model/snapshot.ts';

/** What became of a target. */
interface Fate {
  readonly kind: 'gone' | 'restarted';
  readonly words: string;
}

/** Tells whether a load test still sees the target that it began with. */
export interface SameTarget {
  /** Who it is, once that is known. */
  readonly identity: ProcessIdentity | undefined;
  /** Set by the first snapshot that is of another one, or of nobody. */
  readonly fate: Fate | undefined;
  see(snapshot: Snapshot): void;
  /** Takes in a snapshot for which the target was looked for anew, after it was gone: who is in its place? */
  seeSuccessor(snapshot: Snapshot): void;
}

const clockStepSeconds = 1; // start times are computed from the time of boot, which follows the clock

/** One that has seen nobody yet. */
export function createSameTarget(): SameTarget {
  let identity: ProcessIdentity | undefined;
  let collections = 0;
  let began: number | undefined;
  let fate: Fate | undefined;

  function see(snapshot: Snapshot): void {
    const { process } = snapshot;
    if (process.ok) identity ??= process.value;
    fate ??= (identity === undefined ? undefined : fateOf(identity, process)) ?? fateOfRuntime(snapshot);
  }

  /** The signs of a restart where no process is told; the first is also one of an exec, which keeps pid and start time. */
  function fateOfRuntime({ go }: Snapshot): Fate | undefined {
    const { memstats, processStartTime = began } = known(go) ?? {};
    const now = memstats?.numGc ?? collections;
    if (now < collections) return restarted(`its runtime counts ${now} collections, and counted ${collections} before`);
    collections = now;
    began ??= processStartTime;
    const later = (processStartTime ?? 0) - (began ?? 0);
    return later > clockStepSeconds ? restarted(`it started ${Math.round(later)} s later than the one before`) : undefined;
  }

  function seeSuccessor({ process, go }: Snapshot): void {
    if (fate?.kind !== 'gone' || identity === undefined) return;
    const next = fateOf(identity, process);
    if (next?.kind === 'restarted') fate = next;
    else if (!process.ok && go.ok) fate = restarted(`the process ${identity.pid} has ended, and another one answers at its address`);
  }

  return {
    get identity() {
      return identity;
    },
    get fate() {
      return fate;
    },
    see,
    seeSuccessor,
  };
}

/** A process that could not be looked for is not gone. */
function fateOf({ pid, startTicks }: ProcessIdentity, now: Snapshot['process']): Fate | undefined {
  if (now.ok) {
    const isSame = now.value.pid === pid && now.value.startTicks === startTicks;
    return isSame ? undefined : restarted(`the process ${pid} has ended, ${now.value.pid} is in its place`);
  }
  if (now.reason !== 'gone') return undefined;
  return { kind: 'gone', words: `the target is gone: the process ${pid} has ended` };
}

function restarted(how: string): Fate {
  return { kind: 'restarted', words: `the target was restarted: ${how}` };
}
