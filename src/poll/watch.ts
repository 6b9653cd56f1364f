import { cpus } from 'node:os';
import type { RssBook } from '../ledger/rss/book.ts';
import type { TargetConfig } from '../model/target.ts';
import { found, known, type Missing, missing, type Reading } from '../reading.ts';
import type { Aged, GoNumbers, ProcessIdentity, ProfileCounts, Snapshot } from '../snapshot.ts';
import { readOomKills } from '../sources/host/oom-kills.ts';
import { readKernelThp } from '../sources/host/transparent-hugepage.ts';
import { closeEndpoint } from '../sources/http/connections.ts';
import { sources } from '../sources/index.ts';
import type { KernelPaths } from '../sources/source.ts';
import { tape, wallClock } from '../tape.ts';
import { loopbackOf } from '../targets/listeners.ts';
import { ownPod } from '../targets/own-pod.ts';
import { judgePair } from '../targets/same-process.ts';
import type { Bytes } from '../units.ts';
import { createEnvironmentSide } from './environment-side.ts';
import { createGoSide, type GoRead } from './go-side.ts';
import { look } from './look.ts';
import { createMallocSide } from './malloc-side.ts';
import { createMappingSide } from './mapping-side.ts';
import { createMemorySide } from './memory-side.ts';
import { createOpenFilesSide } from './open-files-side.ts';
import { createPortSide } from './port-side.ts';
import { createProcessSide, type ProcessReadings } from './process-side.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import type { Turns } from './shared-walks.ts';

/** One poll of a target: the snapshot, and each failure in it once. */
export interface Poll {
  readonly snapshot: Snapshot;
  /** The book of the last walk over the mappings: made when it was walked, for the mappings themselves are not kept. */
  readonly mapped: Reading<Aged<RssBook>>;
  readonly failures: ReadonlyArray<{ readonly source: string; readonly reason: Missing }>;
}

/** A target that is being watched; what was learnt of it is kept from poll to poll. */
export interface Watch {
  /** Never rejects. What is not done when `signal` aborts is `timeout`. */
  poll(signal: AbortSignal): Promise<Poll>;
  close(): Promise<void>;
}

/** What a watch needs of its surroundings. */
export interface WatchContext {
  readonly paths: KernelPaths;
  readonly onBug: (error: unknown, source: string) => void;
  /** `--process.memory-reads`: lets it read the target's memory, where that tells what nothing else does. */
  readonly memoryReads?: boolean;
  /** Its turns at the walks over a process that other targets watch, too; by default nobody does. */
  readonly turns?: Turns;
  /** Off with `--process.no-environ`: GOMEMLIMIT and GOGC are then told by Go sources alone. */
  readonly environ?: boolean;
  /** Unix seconds; the wall clock unless a test hurries it. */
  readonly clock?: () => number;
}

/** Of the machine, not of memgap's share: each may hold back a batch of the kernel's counters. */
const processors = cpus().length;

type Taken = Pick<Poll, 'snapshot' | 'mapped'>;

/** Starts to watch a target; nothing is read before the first poll. */
export function createWatch(target: TargetConfig, context: WatchContext): Watch {
  const { paths, onBug, memoryReads = false, environ = true, turns, clock: now = wallClock } = context;
  const goSide = createGoSide(target.go);
  const processSide = createProcessSide(target.process, paths, memoryReads);
  const mappingSide = createMappingSide(paths, now, memoryReads, turns);
  const environmentSide = createEnvironmentSide(paths, environ);
  const openFilesSide = createOpenFilesSide(paths, now);
  const portSide = createPortSide(paths);
  const mallocSide = createMallocSide(paths, now);
  const memorySide = memoryReads ? createMemorySide(paths, now) : undefined;
  const onTape = tape();
  const pod = onTape === undefined ? ownPod(target) : onTape.fact('own pod', () => ownPod(target));
  let identity: ProcessIdentity | undefined;

  async function poll(signal: AbortSignal): Promise<Poll> {
    const recorder = createRecorder(onBug);
    const process = await processSide.identify(recorder, signal);
    if (process.ok && process.value !== identity) {
      // another process, or another program in it: its mappings and its runtime are others
      identity = process.value;
      goSide.reset();
      mappingSide.reset();
      mallocSide.reset();
      memorySide?.reset();
    }
    const taken = process.ok ? await together(recorder, process.value, signal) : await withoutProcess(recorder, process, signal);
    return { ...taken, failures: recorder.failures };
  }

  async function withoutProcess(recorder: Recorder, process: Reading<never>, signal: AbortSignal): Promise<Taken> {
    const go = await goSide.read(recorder, signal);
    const gap = process.ok ? missing('gone', 'no process') : process;
    const snapshot = {
      ...(await common(recorder, go, signal)),
      process,
      bracket: gap,
      build: gap,
      limits: gap,
      environment: gap,
      rollup: gap,
      openFiles: gap,
      ...allGone(gap),
    };
    return { snapshot, mapped: gap };
  }

  async function together(recorder: Recorder, process: ProcessIdentity, signal: AbortSignal): Promise<Taken> {
    // before the endpoint is asked: a program that can open no more files does not answer before the deadline
    const openFiles = await openFilesSide.read(recorder, process, signal);
    const first = await goSide.read(recorder, signal);
    const memory = first.reading.ok ? undefined : memorySide;
    const again = (onTaken?: () => void) =>
      memory === undefined ? goSide.again(recorder, signal, onTaken) : memory.read(recorder, process, mappingSide.layout(), signal);
    const { go, bracket, readings, facts } = await look({
      recorder,
      process,
      processSide,
      mappingSide,
      first: memory?.isPlaced() === true ? await again() : first.reading,
      again: first.reading.ok || memory !== undefined ? again : undefined,
      signal,
    });
    const environment = await environmentSide.read(recorder, process, go, signal);
    const present = await processSide.still(process, recorder, signal);
    const from = memory === undefined || !go.ok ? first : { source: sources.runtime_memory.name, endpoint: undefined };
    const numbers = { ...from, reading: memory !== undefined && !go.ok ? first.reading : go };
    const checked = await withSettings(recorder, process, await verified(recorder, numbers, process, readings, signal), signal);
    const places = memoryReads ? mappingSide.mallocPlaces() : undefined;
    const { rollup, book, refusal } = mappingSide.settle(recorder, checked.reading.ok ? undefined : checked.reading);
    if (refusal !== undefined && checked.reading.ok && checked.source !== undefined) recorder.refuse(checked.source, refusal);
    const agreed = refusal === undefined || !checked.reading.ok ? checked : { ...checked, reading: refusal };
    const base = await common(recorder, agreed, signal);
    if (!present.ok) {
      return {
        snapshot: {
          ...base,
          process: present,
          bracket: present,
          ...facts,
          environment: present,
          rollup: present,
          openFiles: present,
          ...allGone(present),
        },
        mapped: present,
      };
    }
    const snapshot = {
      ...base,
      process: found(process),
      bracket: agreed.reading.ok ? bracket : agreed.reading,
      ...facts,
      environment,
      rollup,
      openFiles,
      mallocHeld: await mallocSide.read(recorder, process.pid, known(book)?.value.components.c_malloc, places, signal),
      ...readings,
    };
    return { snapshot, mapped: book };
  }

  /** With GOMEMLIMIT and GOGC as they are now, where the endpoint does not tell them and the target's memory may be read. */
  async function withSettings(recorder: Recorder, process: ProcessIdentity, go: GoRead, signal: AbortSignal): Promise<GoRead> {
    const { source, reading } = go;
    if (memorySide === undefined || source === sources.runtime_memory.name || !reading.ok) return go;
    if (reading.value.memoryLimit !== undefined) return go;
    const own = await memorySide.read(recorder, process, mappingSide.layout(), signal);
    if (!own.ok) return go;
    const { gogc, memoryLimit } = own.value;
    const told = { ...(gogc !== undefined && { gogc }), ...(memoryLimit !== undefined && { memoryLimit }) };
    return { ...go, reading: found({ ...reading.value, ...told }) };
  }

  /** The Go numbers, if they are this process's: a pid and a URL of two different processes are refused. */
  async function verified(
    recorder: Recorder,
    go: GoRead,
    process: ProcessIdentity,
    { status }: ProcessReadings,
    signal: AbortSignal,
  ): Promise<GoRead> {
    const { source, endpoint, reading } = go;
    if (!reading.ok || source === undefined) return go;
    const { memstats, maxRss, processStartTime } = reading.value;
    const { numGc = 0 } = memstats;
    const holders = endpoint === undefined ? undefined : await portSide.owners({ process, source, endpoint, numGc }, signal);
    const port = endpoint === undefined ? undefined : loopbackOf(endpoint.url)?.port;
    const evidence = {
      identity: process,
      vmHwm: known(status)?.vmHwm,
      maxRss,
      sys: memstats.sys,
      vmSize: mappedAfter(memstats.sys, process, known(status)?.vmSize),
      processStartTime,
      port: port === undefined || holders === undefined ? undefined : { number: port, owners: holders.pids, isShared: holders.isShared },
      cpus: onTape === undefined ? processors : onTape.fact('processors', () => processors),
    };
    let verdict = judgePair(evidence);
    if (!verdict.ok && processStartTime !== undefined) {
      // the clock may have been stepped since the start time was kept: then every start time of this machine has moved
      const anew = sources.stat.read({ pid: process.pid, paths });
      if (anew.ok && anew.value.startTicks === process.startTicks) verdict = judgePair({ ...evidence, identity: anew.value });
    }
    if (verdict.ok) return go;
    recorder.refuse(source, verdict);
    return { ...go, reading: verdict };
  }

  /** VmSize, which was read before the last Go numbers: once more where these tell more, for the heap may have grown by gigabytes in between. */
  function mappedAfter(sys: Bytes, { pid }: ProcessIdentity, vmSize: Bytes | undefined): Bytes | undefined {
    if (vmSize === undefined || sys <= vmSize) return vmSize;
    return known(sources.status.read({ pid, paths }))?.vmSize;
  }

  /** What does not depend on the process. */
  async function common(recorder: Recorder, { source, reading }: GoRead, signal: AbortSignal) {
    const profiles = await profileCounts(recorder, reading, signal);
    return {
      target: target.name,
      labels: target.labels ?? {},
      ownPod: pod,
      takenAt: now(),
      go: reading,
      goSource: source,
      profiles,
      kernelThp: readKernelThp(),
      machineOomKills: readOomKills(paths.procfs),
      sources: recorder.outcomes,
    };
  }

  /** From the index page, unless the Go numbers came with them. */
  async function profileCounts(recorder: Recorder, go: Reading<GoNumbers>, signal: AbortSignal): Promise<Reading<ProfileCounts>> {
    if (!go.ok) return go;
    const { goroutines, threads } = go.value;
    if (goroutines !== undefined) return found({ goroutines, threads });
    if (target.go.pprof === undefined) return missing('disabled', 'no pprof endpoint is configured');
    return recorder.run(sources.pprof_index, target.go.pprof, signal);
  }

  async function close(): Promise<void> {
    processSide.close();
    mappingSide.reset();
    const { pprof, expvar, metrics } = target.go;
    for (const endpoint of [pprof, expvar, metrics]) if (endpoint !== undefined) await closeEndpoint(endpoint);
  }

  return { poll, close };
}

function allGone(gone: Reading<never>): ProcessReadings {
  return { status: gone, activity: gone, cgroup: gone, events: gone, pressure: gone, others: gone };
}
