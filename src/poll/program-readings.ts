import type { MallocPlaces } from '../kernel/memory/malloc-held.ts';
import { mayListDescriptors } from '../kernel/open-files/descriptors.ts';
import { mayOpenEnviron } from '../kernel/process/environ.ts';
import type { GoEnvironment, GoNumbers } from '../model/go.ts';
import type { MallocHeld } from '../model/mapping.ts';
import type { OpenFiles } from '../model/process.ts';
import { mapReading, missing, type Reading } from '../model/reading.ts';
import type { Aged, Snapshot } from '../model/snapshot.ts';
import type { KernelPaths, ProcessHandle } from '../model/source.ts';
import type { Bytes } from '../model/units.ts';
import { openFilesInterval } from './budget.ts';
import { type Cached, cached } from './cached.ts';
import { sources } from './sources.ts';

/** What can't change while a process runs one program, and helps to tell its mappings apart. */
export type ProgramFacts = Pick<Snapshot, 'build' | 'limits'>;

/** A process with its name: an exec mostly changes that, also where the kernel hides which program it is. */
interface NamedProcess {
  readonly pid: number;
  readonly name: string | undefined;
}

/** Read once. `memoryReads` lets it tell the build of an executable that lies on a file system that may hang. */
export function createProgramFacts(paths: KernelPaths, memoryReads: boolean): Cached<NamedProcess, ProgramFacts> {
  return cached(
    async (recorder, { pid }, signal) => ({
      build: await recorder.run(sources.build_info, { pid, paths, memoryReads }, signal),
      limits: await recorder.run(sources.limits, { pid, paths }, signal),
    }),
    {
      of: ({ name }) => name,
      while: ({ build }) => build.ok || build.reason === 'unsupported', // a right can be granted later, a build can't change
      shows: [sources.build_info.name, sources.limits.name],
    },
  );
}

const switchedOff = missing('disabled', 'the environment is not read: --process.no-environ');
const told = missing('disabled', 'the Go source tells GOMEMLIMIT and GOGC itself');
/** Sources that are down in a whole mode of running would only drown the ones that can be mended: they are not tried. */
const closedEnviron = missing('denied', "/proc/PID/environ is open to the target's own user alone, or with CAP_DAC_READ_SEARCH");
const closedFiles = missing('denied', "/proc/PID/fd is open to the target's own user alone, or with CAP_DAC_READ_SEARCH");

/** What the environment of a program told the Go runtime: read once, for what it was started with can't change. */
export function createEnvironment(
  paths: KernelPaths,
  isOn: boolean,
): Cached<{ readonly pid: number; readonly go: Reading<GoNumbers> }, Reading<GoEnvironment>> {
  const environ = cached<ProcessHandle, Reading<GoEnvironment>>(
    async (recorder, handle, signal) => (mayOpenEnviron(handle) ? recorder.run(sources.environ, handle, signal) : closedEnviron),
    {
      while: (reading) => reading.ok || reading.reason === 'unsupported' || reading.reason === 'too-large',
      shows: [sources.environ.name],
    },
  );
  return async (recorder, { pid, go }, signal) => {
    if (!isOn) return switchedOff;
    if (!go.ok) return go;
    if (go.value.memoryLimit !== undefined && go.value.gogc !== undefined) return told;
    return environ(recorder, { pid, paths }, signal);
  };
}

/** What stands behind the open files of a process: read when that is due, and else shown with its age. `now` is in Unix seconds. */
export function createOpenFiles(paths: KernelPaths, now: () => number): Cached<number, Reading<Aged<OpenFiles>>> {
  return cached<number, Reading<Aged<OpenFiles>>>(
    async (recorder, pid, signal) => {
      const at = now();
      const handle = { pid, paths };
      if (!mayListDescriptors(handle)) return closedFiles;
      return mapReading(await recorder.run(sources.open_files, handle, signal), (value) => ({ value, at }));
    },
    {
      while: (reading) => reading !== closedFiles,
      retryAfter: (seconds) => openFilesInterval(seconds) - 0.1, // grace for a timer that came early, at a poll each 15 s
      measured: 'open files',
      shows: [sources.open_files.name],
    },
    now,
  );
}

const minHeapSeconds = 60; // between two, whatever they cost: 128 MiB in small chunks take 170 ms
const heapCosts = 200; // times what one costs
const minHeapBytes = 1024 ** 2; // of C malloc: less is nobody's question
const noHeap: Reading<Aged<MallocHeld>> = missing('disabled', "nothing of C's malloc was to be gone through yet");

/** C's malloc, as the last walk of this poll has it. */
interface MallocAsked {
  readonly pid: number;
  /** What of it is resident. */
  readonly size: Bytes | undefined;
  /** Absent where there was no walk in this poll, so that its places may not be right any more. */
  readonly places: MallocPlaces | undefined;
}

/** What C's malloc has in use and what it keeps: read right after a walk, if it is due and worth it; else what was read last. */
export function createMallocHeld(paths: KernelPaths, now: () => number): Cached<MallocAsked, Reading<Aged<MallocHeld>>> {
  let latest = noHeap;
  const held = cached<ProcessHandle & MallocPlaces, Reading<Aged<MallocHeld>>>(
    async (recorder, target, signal) => {
      const at = now();
      return mapReading(await recorder.run(sources.malloc_held, target, signal), (value) => ({ value, at }));
    },
    { retryAfter: (seconds) => Math.max(minHeapSeconds, heapCosts * seconds), measured: 'malloc', shows: [] },
    now,
  );
  return async (recorder, { pid, size, places }, signal) => {
    if (size === undefined || size < minHeapBytes || places === undefined) return latest;
    if (places.brk.length + places.arenas.length > 0) latest = await held(recorder, { pid, paths, ...places }, signal);
    return latest;
  };
}
