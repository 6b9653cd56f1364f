import type { RssBook } from '../books/owners/book.ts';
import { ownPod } from '../discovery/kubernetes/in-cluster.ts';
import { readKernelThp, readOomKills } from '../kernel/host.ts';
import type { ProcessIdentity } from '../model/process.ts';
import { found, known, type Missing, type Reading } from '../model/reading.ts';
import type { Aged, Snapshot } from '../model/snapshot.ts';
import type { TargetConfig } from '../model/target.ts';
import { fact } from '../tape.ts';
import { takeConsistentSnapshot } from './attempts.ts';
import type { GoRead } from './go-endpoints.ts';
import { profileCounts, refuse, refuseMismatch, withSettings } from './go-numbers.ts';
import { findGoSource } from './go-source.ts';
import { createProgram, type Kept, type PollSettings } from './kept.ts';
import type { Recorder } from './recorder.ts';
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
 * A poll from its beginning to its end. A loop of src/watch begins it by a timer, makes the ledger of what it comes to, and keeps that;
 * what the next poll goes on with is in `kept`.
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
  const { pid } = process;
  // before the endpoint is asked: a program that can open no more files does not answer before the deadline
  const openFiles = await program.openFiles(recorder, pid, signal);

  // Go's numbers, the process and its mappings, Go's numbers again
  const source = await findGoSource(program, process, recorder, signal);
  const taken = await takeConsistentSnapshot({ recorder, process, kept, source, signal });
  const { bracket, readings, facts, walked, lastWalk } = taken;
  const environment = await program.environment(recorder, { pid, go: taken.go }, signal);
  const present = await kept.process.confirmSameProcess(recorder, process, signal);

  // whether the numbers are this process's: by what is known of it, and then by its mappings
  const pair = { paths: settings.paths, process, status: readings.status, portOwners: kept.portOwners };
  const paired = await refuseMismatch(source.named(taken.go), pair, recorder, signal);
  const told = await withSettings(paired, source.fromMemory, lastWalk);
  program.walks = settle(program.walks, walked, lastWalk, told.reading.ok ? undefined : told.reading);
  for (const [name, outcome] of program.walks.last?.outcomes ?? []) recorder.repeat(name, outcome);
  const { rollup, book, refusal } = standing(program.walks, settings.now(), settings.turns.shared());
  const go = refusal === undefined ? told : refuse(told, refusal, recorder);

  const base = await independent(context, go);
  if (!present.ok) return { snapshot: { ...base, ...facts, ...gapsFor(present) }, mapped: present };
  const malloc = { pid, size: known(book)?.value.components.c_malloc, places: lastWalk?.mallocPlaces };
  const mallocHeld = await program.mallocHeld(recorder, malloc, signal);
  const around = go.reading.ok ? bracket : go.reading;
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
