import { missing, type Reading } from '../reading.ts';
import type { GoEnvironment, GoNumbers, ProcessIdentity } from '../snapshot.ts';
import { sources } from '../sources/index.ts';
import { mayOpenEnviron } from '../sources/process/environ.ts';
import type { KernelPaths } from '../sources/source.ts';
import type { Recorder } from './recorder.ts';

/** What the environment of one process told the Go runtime. */
export interface EnvironmentSide {
  /** Not read where the Go numbers tell all of it. `process` is the same object while its program is the same: an execve(2) brings another environment. */
  read(recorder: Recorder, process: ProcessIdentity, go: Reading<GoNumbers>, signal: AbortSignal): Promise<Reading<GoEnvironment>>;
}

const switchedOff = missing('disabled', 'the environment is not read: --process.no-environ');
const told = missing('disabled', 'the Go source tells GOMEMLIMIT and GOGC itself');
/** A source that is down in a whole mode of running would only drown the ones that can be mended: it is not tried. */
const closed = missing('denied', "/proc/PID/environ is open to the target's own user alone, or with CAP_DAC_READ_SEARCH");

/** The environment side of one target: read once for each program that a process runs. */
export function createEnvironmentSide(paths: KernelPaths, isOn: boolean): EnvironmentSide {
  let kept:
    | { readonly process: ProcessIdentity; readonly reading: Reading<GoEnvironment>; readonly outcomes: Recorder['outcomes'] }
    | undefined;

  return {
    async read(recorder, process, go, signal) {
      if (!isOn) return switchedOff;
      if (!go.ok) return go;
      if (go.value.memoryLimit !== undefined && go.value.gogc !== undefined) return told;
      if (kept?.process === process) {
        recorder.repeat(sources.environ.name, kept.outcomes[sources.environ.name]);
        return kept.reading;
      }
      const handle = { pid: process.pid, paths };
      if (!mayOpenEnviron(handle)) return closed;
      const reading = await recorder.run(sources.environ, handle, signal);
      // a right can be granted later, what a program was started with can't change
      if (reading.ok || reading.reason === 'unsupported' || reading.reason === 'too-large')
        kept = { process, reading, outcomes: recorder.outcomes };
      return reading;
    },
  };
}
