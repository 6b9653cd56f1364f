import { mapReading, missing, type Reading } from '../reading.ts';
import type { Aged, OpenFiles, ProcessIdentity } from '../snapshot.ts';
import { sources } from '../sources/index.ts';
import { mayListDescriptors } from '../sources/process/descriptors.ts';
import type { KernelPaths } from '../sources/source.ts';
import { secondsSince } from '../tape.ts';
import { openFilesInterval } from './budget.ts';
import type { Recorder } from './recorder.ts';

/** What stands behind the open files of one process. */
export interface OpenFilesSide {
  /** Looks again when that is due, and else tells what the last look came to, with its age. `process` is the same object while its program is the same. */
  read(recorder: Recorder, process: ProcessIdentity, signal: AbortSignal): Promise<Reading<Aged<OpenFiles>>>;
}

/** A source that is down in a whole mode of running would only drown the ones that can be mended: it is not tried. */
const closed = missing('denied', "/proc/PID/fd is open to the target's own user alone, or with CAP_DAC_READ_SEARCH");

interface Look {
  readonly process: ProcessIdentity;
  readonly at: number;
  readonly wait: number;
  readonly reading: Reading<Aged<OpenFiles>>;
  readonly outcomes: Recorder['outcomes'];
}

/** The open files of one target. `now` is the wall clock in Unix seconds. */
export function createOpenFilesSide(paths: KernelPaths, now: () => number): OpenFilesSide {
  let last: Look | undefined;

  return {
    async read(recorder, process, signal) {
      const at = now();
      if (last?.process === process && at >= last.at && at - last.at < last.wait) {
        recorder.repeat(sources.open_files.name, last.outcomes[sources.open_files.name]);
        return last.reading;
      }
      const handle = { pid: process.pid, paths };
      if (!mayListDescriptors(handle)) return closed;
      const begin = performance.now();
      const reading = mapReading(await recorder.run(sources.open_files, handle, signal), (value) => ({ value, at }));
      // a tenth of a second of grace keeps a wait of 15 s on a poll each 15 s whose timer came early
      const wait = openFilesInterval(secondsSince(begin, 'open files')) - 0.1;
      last = { process, at, wait, reading, outcomes: recorder.outcomes };
      return reading;
    },
  };
}
