import { known, mapReading, type Reading } from '../reading.ts';
import type { Bracket, GoNumbers, MemStats, ProcessIdentity } from '../snapshot.ts';
import { secondsSince } from '../tape.ts';
import { beyondMapped } from '../targets/same-process.ts';
import type { Bytes } from '../units.ts';
import { bracketOf, isNarrower, isOpen } from './bracket.ts';
import type { Facts, MappingSide } from './mapping-side.ts';
import type { ProcessReadings, ProcessSide } from './process-side.ts';
import type { Recorder } from './recorder.ts';

/** What one look came to: all of it from one attempt. */
export interface Look {
  /** Those after the process was read, which are the nearer ones; those before where there are no others. */
  readonly go: Reading<GoNumbers>;
  readonly bracket: Reading<Bracket>;
  readonly readings: ProcessReadings;
  readonly facts: Facts;
}

/** Who looks at what. */
export interface LookContext {
  readonly recorder: Recorder;
  readonly process: ProcessIdentity;
  readonly processSide: ProcessSide;
  readonly mappingSide: MappingSide;
  /** The Go numbers from before. */
  readonly first: Reading<GoNumbers>;
  /** Reads them once more from the same source; absent where there is nobody to ask. */
  readonly again: ((onTaken: () => void) => Promise<Reading<GoNumbers>>) | undefined;
  readonly signal: AbortSignal;
}

interface Attempt extends Look {
  /** The share of the book that it leaves open. */
  readonly open: number | undefined;
}

/** A read of the Go numbers that has been begun. */
interface Begun {
  readonly whole: Promise<Reading<GoNumbers>>;
  /** Their values were known to be taken before the answer was whole. */
  readonly isEarly: boolean;
}

const attempts = 6; // with 4, one or two looks in ten at an Alertmanager under load were unstable
const longest = 1.5; // seconds from the first attempt to the beginning of the last: what is read together is to be of one time

/**
 * Go's numbers, the process and its mappings, Go's numbers again; where something moved too far meanwhile, the same again, and of all attempts the
 * narrowest is kept. Under load the heap moves with each GC, some ten times a second, and a heap profile takes 20 to 100 ms to be sent: where a
 * source says when its values are taken, a further attempt does not wait for the end of what it sends.
 */
export async function look(context: LookContext): Promise<Look> {
  const { first, again, signal, mappingSide } = context;
  let before: Begun = settled(first);
  let latest = first;
  let best: Attempt | undefined;
  let open: number | undefined;
  const begun = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    const between = await readBetween(context, latest);
    const after = again === undefined ? before : await begin(again);
    const group = await context.processSide.group(context.recorder, context.process, signal);
    const [told, to] = await Promise.all([before.whole, after.whole]);
    const isNew = attempt === 1 && !told.ok && to.ok; // just found in memory, and not known before the walk
    const from = isNew ? to : mappedBy(context.process, told, known(between.status)?.vmSize);
    if (between.walked) open = mappingSide.book(memstatsOf(from), memstatsOf(to));
    const readings = { status: between.status, ...group };
    const bracket = bracketOf(from, to, known(between.status)?.vmRss, open, attempt);
    if (best === undefined || isNarrower({ bracket, open }, best)) {
      best = { go: to.ok ? to : from, bracket, readings, facts: between.facts, open };
      if (between.walked) mappingSide.keep();
    }
    const isLate = attempt === attempts || secondsSince(begun, 'attempts') > longest || signal.aborted;
    const isBeyondMending = !between.walked && isOpen(open); // the budget has no further walk, without which the book stays as it is
    if (!bracket.ok || bracket.value.stable || isLate || isBeyondMending || again === undefined) {
      return { ...best, bracket: mapReading(best.bracket, (value) => ({ ...value, attempts: attempt })) };
    }
    latest = to;
    before = after.isEarly ? await begin(again) : after;
  }
}

/** What lies between the two reads of the Go numbers: nothing else does. */
async function readBetween({ recorder, process, processSide, mappingSide, signal }: LookContext, latest: Reading<GoNumbers>) {
  const status = await processSide.status(recorder, process, signal);
  const { name, vmSize, vmRss, threads } = known(status) ?? {};
  const facts = await processSide.facts(recorder, process, name, signal);
  const before = memstatsOf(mappedBy(process, latest, vmSize));
  const walked = await mappingSide.walk(recorder, { pid: process.pid, rss: vmRss, threads, before, ...facts }, signal);
  return { status, facts, walked };
}

/** Numbers from before the process was read, if it can have as much: what only they tell is shown as well, as how far they moved. */
function mappedBy({ pid }: ProcessIdentity, before: Reading<GoNumbers>, vmSize: Bytes | undefined): Reading<GoNumbers> {
  return (before.ok ? beyondMapped(pid, before.value.memstats.sys, vmSize) : undefined) ?? before;
}

/** Resolves when the values are taken, or with the whole answer of a source that does not say when. */
function begin(read: (onTaken: () => void) => Promise<Reading<GoNumbers>>): Promise<Begun> {
  return new Promise((resolve) => {
    const whole = read(() => resolve({ whole, isEarly: true }));
    void whole.then(() => resolve({ whole, isEarly: false }));
  });
}

function memstatsOf(reading: Reading<GoNumbers>): Reading<MemStats> {
  return mapReading(reading, ({ memstats }) => memstats);
}

function settled(reading: Reading<GoNumbers>): Begun {
  return { whole: Promise.resolve(reading), isEarly: false };
}
