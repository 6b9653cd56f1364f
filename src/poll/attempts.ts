import { beyondMapped } from '../discovery/same-process.ts';
import type { GoNumbers, MemStats } from '../model/go.ts';
import type { ProcessIdentity } from '../model/process.ts';
import { known, mapReading, type Reading } from '../model/reading.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Bytes } from '../model/units.ts';
import { secondsSince } from '../tape.ts';
import { bracketOf, isNarrower, isOpen } from './bracket.ts';
import { type Begun, begin, type GoSource } from './go-source.ts';
import type { Kept, Program } from './kept.ts';
import type { ProgramFacts } from './program-readings.ts';
import type { Recorder } from './recorder.ts';
import type { Walk } from './walk.ts';
import { type BookedWalk, bookOf, openShare } from './walk-book.ts';

/** One attempt at a snapshot whose parts belong together: two reads of the Go numbers, and what lies between them. */
interface Attempt extends Pick<Snapshot, 'bracket'> {
  /** Those after the process was read, which are the nearer ones; those before where there are no others. */
  readonly go: Reading<GoNumbers>;
  readonly readings: Pick<Snapshot, 'status' | 'activity' | 'cgroup' | 'events' | 'pressure' | 'others'>;
  readonly facts: ProgramFacts;
  /** Absent where no walk was due. */
  readonly walked: BookedWalk | undefined;
  /** The share of the book that the Go numbers leave open; of the last book of this poll where this attempt made none. */
  readonly open: number | undefined;
  /** The read after the process, which is the next attempt's read before it. */
  readonly after: Begun;
  readonly to: Reading<GoNumbers>;
}

/** What of the attempts so far counts. */
interface Attempts {
  readonly last: Attempt;
  /** The narrowest: all of it is shown. */
  readonly best: Attempt;
  readonly lastWalk: BookedWalk | undefined;
  /** Of the newest attempt that made a book and was the best until then. */
  readonly bestWalk: BookedWalk | undefined;
}

/** What the attempts of a poll came to. */
export interface ConsistentSnapshot extends Pick<Attempt, 'go' | 'bracket' | 'readings' | 'facts'> {
  /** The walk that counts. */
  readonly walked: BookedWalk | undefined;
  /** The last one of this poll. */
  readonly lastWalk: Walk | undefined;
}

/** Who reads what. */
export interface AttemptContext {
  readonly recorder: Recorder;
  readonly process: ProcessIdentity;
  readonly kept: {
    readonly process: Pick<Kept['process'], 'status' | 'group'>;
    readonly program: Pick<Program, 'facts' | 'walk' | 'walks'>;
  };
  readonly source: Pick<GoSource, 'first' | 'again'>;
  readonly signal: AbortSignal;
}

const maxAttempts = 6; // with 4, one or two snapshots in ten of an Alertmanager under load were unstable
const maxSeconds = 1.5; // from the first attempt to the beginning of the last: what is read together is to be of one time

/**
 * Go's numbers, the process and its mappings, Go's numbers again; where something moved too far meanwhile, the same again, and of all
 * attempts the narrowest is kept. Under load the heap moves with each GC, some ten times a second, and a heap profile takes 20 to 100 ms to
 * be sent: where a source says when its values are taken, a further attempt does not wait for the end of what it sends.
 */
export async function takeConsistentSnapshot(context: AttemptContext, makeBook = bookOf): Promise<ConsistentSnapshot> {
  const { source, signal } = context;
  const { first, again } = source;
  const begun = performance.now();
  let before: Begun = { whole: Promise.resolve(first), isEarly: false };
  let attempts: Attempts | undefined;
  for (let count = 1; ; count += 1) {
    const attempt = await attemptOnce(context, before, attempts, count, makeBook);
    attempts = withAttempt(attempts, attempt);
    const { best, bestWalk, lastWalk } = attempts;
    const { bracket, walked, open, after } = attempt;
    const isLate = count === maxAttempts || secondsSince(begun, 'attempts') > maxSeconds || signal.aborted;
    const isBeyondMending = walked?.book === undefined && isOpen(open); // without a further walk the book stays as it is
    if (!bracket.ok || bracket.value.stable || isLate || isBeyondMending || again === undefined) {
      const tried = mapReading(best.bracket, (value) => ({ ...value, attempts: count }));
      return { ...best, bracket: tried, walked: bestWalk ?? lastWalk, lastWalk: lastWalk?.walk };
    }
    before = after.isEarly ? await begin((onTaken) => again(lastWalk?.walk, onTaken)) : after;
  }
}

/** Between the two reads of the Go numbers lie the process and its mappings, and nothing else. */
async function attemptOnce(
  { recorder, process, kept, source, signal }: AttemptContext,
  before: Begun,
  attempts: Attempts | undefined,
  count: number,
  makeBook: typeof bookOf,
): Promise<Attempt> {
  const { pid } = process;
  const { knownGoRanges } = kept.program.walks;
  const earlier = attempts?.lastWalk?.walk;
  const status = await kept.process.status(recorder, process, signal);
  const { name, vmSize, vmRss: rss, threads } = known(status) ?? {};
  const facts = await kept.program.facts(recorder, { pid, name }, signal);
  const goBefore = memstatsOf(mappedBy(pid, attempts?.last.to ?? source.first, vmSize));
  const walk = await kept.program.walk(recorder, { ...facts, pid, rss, threads, before: goBefore, knownGoRanges, earlier }, signal);
  const { again } = source;
  const after = again === undefined ? before : await begin((onTaken) => again(walk ?? earlier, onTaken));
  const group = await kept.process.group(recorder, process, signal);
  const [told, to] = await Promise.all([before.whole, after.whole]);
  const isNew = count === 1 && !told.ok && to.ok; // just found in memory, and not known before the walk
  const from = isNew ? to : mappedBy(pid, told, vmSize);
  const book = walk?.isWhole === true ? makeBook(walk, memstatsOf(from), memstatsOf(to), knownGoRanges) : undefined;
  const open = book === undefined ? attempts?.last.open : openShare(book);
  const bracket = bracketOf(from, to, rss, open, count);
  return { go: to.ok ? to : from, bracket, readings: { status, ...group }, facts, walked: walk && { walk, book }, open, after, to };
}

/** The attempts with one more. Pure. */
function withAttempt(attempts: Attempts | undefined, attempt: Attempt): Attempts {
  const isBest = attempts === undefined || isNarrower(attempt, attempts.best);
  return {
    last: attempt,
    best: isBest ? attempt : attempts.best,
    lastWalk: attempt.walked ?? attempts?.lastWalk,
    bestWalk: isBest && attempt.walked?.book !== undefined ? attempt.walked : attempts?.bestWalk,
  };
}

/** Numbers from before the process was read, if it can have as much: what only they tell is shown as well, as how far they moved. */
function mappedBy(pid: number, before: Reading<GoNumbers>, vmSize: Bytes | undefined): Reading<GoNumbers> {
  return (before.ok ? beyondMapped(pid, before.value.memstats.sys, vmSize) : undefined) ?? before;
}

function memstatsOf(reading: Reading<GoNumbers>): Reading<MemStats> {
  return mapReading(reading, ({ memstats }) => memstats);
}
