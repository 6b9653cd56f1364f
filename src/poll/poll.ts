import type { RssBook } from '../books/owners/book.ts';
import { ownPod } from '../discovery/own-pod.ts';
import { readOomKills } from '../kernel/host/oom-kills.ts';
import { readKernelThp } from '../kernel/host/transparent-hugepage.ts';
import type { ProcessIdentity } from '../model/process.ts';
import { found, known, type Missing, type Reading } from '../model/reading.ts';
import type { Aged, Snapshot } from '../model/snapshot.ts';
import type { TargetConfig } from '../model/target.ts';
import { fact } from '../tape.ts';
import { takeConsistentSnapshot } from './attempts.ts';
import type { GoRead } from './go-endpoints.ts';
import { profileCounts, refuseMismatch, withSettings } from './go-numbers.ts';
import { createProgram, type Kept, type PollSettings } from './kept.ts';
import type { Recorder } from './recorder.ts';
import { sources } from './sources.ts';
import { layoutOf, type Walk } from './walk.ts';
import { settle, standing } from './walk-book.ts';

/** One poll of a target: the snapshot, and each failure in it once. */
export interface Poll {
  readonly snapshot: Snapshot;
  /** The book of the last walk over the mappings: made when it was walked, for the mappings themselves are not kept. */
  readonly mapped: Reading<Aged<RssBook>>;
  readonly failures: ReadonlyArray<{ readonly source: string; readonly reason: Missing }>;
}

/** A poll that is under way. */
interface PollContext {
  readonly target: TargetConfig;
  readonly settings: PollSettings;
  readonly kept: Kept;
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
}

type Taken = Pick<Poll, 'snapshot' | 'mapped'>;

/**
 * A poll from its beginning to its end. A loop of src/watch begins it by a timer, makes the ledger of what it comes to, and keeps that; what the next poll
 * goes on with is in `kept`.
 */
export async function pollTarget(context: PollContext): Promise<Poll> {
  const { target, settings, kept, recorder, signal } = context;
  const process = await kept.process.identify(recorder, signal);
  if (process.ok && process.value !== kept.program.identity) {
    // another process, or another program in it: its mappings and its runtime are others
    settings.turns.leave();
    kept.program = createProgram(target, settings, process.value);
  }
  const taken = process.ok ? await pollWithProcess(context, process.value) : await pollWithoutProcess(context, process);
  return { ...taken, failures: recorder.failures };
}

async function pollWithoutProcess(context: PollContext, gap: Reading<never>): Promise<Taken> {
  const { kept, recorder, signal } = context;
  const go = await kept.program.endpoints.read(recorder, signal);
  const base = await independent(context, go);
  return { snapshot: { ...base, ...gapsFor(gap), build: gap, limits: gap }, mapped: gap };
}

async function pollWithProcess(context: PollContext, process: ProcessIdentity): Promise<Taken> {
  const { settings, kept, recorder, signal } = context;
  const { program } = kept;
  const { memory } = program;
  const { pid } = process;
  // before the endpoint is asked: a program that can open no more files does not answer before the deadline
  const openFiles = await program.openFiles(recorder, pid, signal);

  // Go's numbers, the process and its mappings, Go's numbers again: of an endpoint, or else of the target's memory
  const asked = await program.endpoints.read(recorder, signal);
  const endpointAgain = (_: Walk | undefined, onTaken: () => void) => program.endpoints.again(recorder, signal, onTaken);
  const readMemory = memory && ((walk: Walk | undefined) => memory.read(recorder, process, layoutOf(walk), signal));
  const isPlaced = !asked.reading.ok && memory?.isPlaced() === true;
  const first = isPlaced && readMemory !== undefined ? await readMemory(undefined) : asked.reading;
  const again = asked.reading.ok ? endpointAgain : readMemory;
  const taken = await takeConsistentSnapshot({ recorder, process, kept, first, again, signal });
  const { go, bracket, readings, facts, walked, lastWalk } = taken;
  const environment = await program.environment(recorder, { pid, go }, signal);
  const present = await kept.process.confirmSameProcess(recorder, process, signal);

  // whether the numbers are this process's: by what is known of it, and then by its mappings
  const fromMemory = go.ok ? { source: sources.runtime_memory.name, endpoint: undefined, reading: go } : asked;
  const read = asked.reading.ok || memory === undefined ? { ...asked, reading: go } : fromMemory;
  const pair = { paths: settings.paths, process, status: readings.status, portOwners: kept.portOwners };
  const paired = await refuseMismatch(read, pair, recorder, signal);
  const told = await withSettings(paired, readMemory && (() => readMemory(lastWalk)));
  program.walks = settle(program.walks, walked, lastWalk, told.reading.ok ? undefined : told.reading);
  for (const [name, outcome] of program.walks.last?.outcomes ?? []) recorder.repeat(name, outcome);
  const { rollup, book, refusal } = standing(program.walks, settings.now(), settings.turns.shared());
  const isRefused = refusal !== undefined && told.reading.ok;
  if (isRefused && told.source !== undefined) recorder.refuse(told.source, refusal);
  const agreed = isRefused ? { ...told, reading: refusal } : told;

  const base = await independent(context, agreed);
  if (!present.ok) return { snapshot: { ...base, ...facts, ...gapsFor(present) }, mapped: present };
  const malloc = { pid, size: known(book)?.value.components.c_malloc, places: lastWalk?.mallocPlaces };
  const mallocHeld = await program.mallocHeld(recorder, malloc, signal);
  const around = agreed.reading.ok ? bracket : agreed.reading;
  const ofProcess = { process: found(process), bracket: around, ...facts, environment, rollup, openFiles, mallocHeld, ...readings };
  return { snapshot: { ...base, ...ofProcess }, mapped: book };
}

/** What does not depend on the process. */
async function independent({ target, settings, recorder, signal }: PollContext, { source, reading }: GoRead) {
  return {
    target: target.name,
    labels: target.labels ?? {},
    ownPod: fact('own pod', () => ownPod(target)),
    profiles: await profileCounts(reading, target.go.pprof, recorder, signal),
    takenAt: settings.now(),
    go: reading,
    goSource: source,
    kernelThp: readKernelThp(),
    machineOomKills: readOomKills(settings.paths.procfs),
    sources: recorder.outcomes,
  };
}

/** What is read of a process, where there is none. */
function gapsFor(gap: Reading<never>) {
  const ofGroup = { cgroup: gap, events: gap, pressure: gap, others: gap };
  return { process: gap, bracket: gap, environment: gap, rollup: gap, openFiles: gap, status: gap, activity: gap, ...ofGroup };
}
