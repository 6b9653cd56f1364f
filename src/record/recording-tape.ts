import { AsyncLocalStorage } from 'node:async_hooks';
import { budgets } from '../budgets.ts';
import type { Reading } from '../model/reading.ts';
import type { Tape, TapedReads, TapedScan } from '../tape.ts';
import { cutBody } from './cut-body.ts';
import type { RecordedPoll, RecordedRead, RecordedRun } from './recording.ts';
import { cutOf, isTextual } from './what-is-kept.ts';

/** A tape that keeps what is read. */
export interface RecordingTape extends Tape {
  /** Before each poll. */
  beginPoll(): void;
  /** Whether more was read than a recording may hold: what came after that is not in it. */
  isFull(): boolean;
  recorded(): { readonly facts: Readonly<Record<string, unknown>>; readonly polls: readonly RecordedPoll[] };
}

/** What is being read for whom: `isQuiet` where only what comes of it all is kept. */
interface ReadingScope {
  readonly source: string;
  readonly isQuiet: boolean;
}

interface PollInProgress {
  readonly at: number;
  readonly runs: Record<string, Mutable<RecordedRun>[]>;
  readonly reads: Record<string, RecordedRead[]>;
  readonly seconds: Record<string, number[]>;
}

type Mutable<T> = { -readonly [key in keyof T]: T[key] };

const nobody: ReadingScope = { source: '', isQuiet: false };

/** A tape that holds nothing yet; paths below `procfs` are kept relative to it. */
export function createRecordingTape(procfs: string): RecordingTape {
  const scopes = new AsyncLocalStorage<ReadingScope>();
  const facts: Record<string, unknown> = {};
  const polls: PollInProgress[] = [];
  const running = new Map<string, Promise<unknown>>();
  let poll: PollInProgress = newPoll();
  let left: number = budgets.recordedTexts.maxBytes;

  function scope(): ReadingScope {
    return scopes.getStore() ?? nobody;
  }

  function short(what: string): string {
    return what.startsWith(`${procfs}/`) ? what.slice(procfs.length + 1) : what;
  }

  /** A place among those of one meaning, in the order in which they began. */
  function place(what: string): (kept: RecordedRead) => void {
    const key = `${scope().source} ${short(what)}`;
    const list = listOf(poll.reads, key);
    const index = list.push({}) - 1;
    return (kept) => {
      if ('text' in kept) left -= kept.text.length;
      if (left >= 0) list[index] = kept;
    };
  }

  function quietly<T>(work: () => T): T {
    return scopes.run({ ...scope(), isQuiet: true }, work);
  }

  function text(what: string, live: () => Reading<{ readonly text: string; readonly whole: boolean }>) {
    const result = live();
    const cut = cutOf(short(what));
    if (scope().isQuiet || cut === undefined) return result;
    place(what)(result.ok ? { text: cut(result.value.text), ...(!result.value.whole && { cut: true }) } : { missing: result });
    return result;
  }

  function value<T>(what: string, live: () => T): T {
    if (scope().isQuiet) return live();
    const keep = place(what);
    const result = quietly(live);
    keep({ value: result });
    return result;
  }

  async function valueLater<T>(what: string, live: () => Promise<T>): Promise<T> {
    if (scope().isQuiet) return live();
    const keep = place(what);
    const result = await quietly(live);
    keep({ value: result });
    return result;
  }

  async function pieces<T>(
    what: string,
    take: (piece: string) => boolean,
    cut: (text: string) => string,
    live: (take: (piece: string) => boolean) => Promise<Reading<T>>,
  ): Promise<Reading<T>> {
    const more = cutOf(short(what));
    if (scope().isQuiet || more === undefined) return live(take);
    const keep = place(what);
    const taken: string[] = [];
    const end = await live((piece) => {
      taken.push(piece);
      return take(piece);
    });
    keep({ text: more(cut(taken.join(''))), end });
    return end;
  }

  async function reads<T>(
    what: string,
    use: (reads: TapedReads) => Promise<Reading<T>>,
    live: (use: (reads: TapedReads) => Promise<Reading<T>>) => Promise<Reading<T>>,
  ): Promise<Reading<T>> {
    const cut = cutOf(short(what));
    if (scope().isQuiet || cut === undefined) return live(use);
    const keep = place(what);
    const parts: Buffer[] = [];
    let torn = false;
    let isOpen = false;
    const reading = await live((readNow) => {
      isOpen = true;
      return use(async (into, offset, size, position) => {
        const count = await readNow(into, offset, size, position);
        if (position === null) parts.push(Buffer.from(into.subarray(offset, offset + count)));
        else torn ||= count === 0;
        return count;
      });
    });
    if (!isOpen && !reading.ok) keep({ missing: reading });
    else keep({ text: cut(Buffer.concat(parts).toString('latin1')), ...(torn ? { torn } : {}) });
    return reading;
  }

  async function body<T>(scan: TapedScan<T>, live: (scan: TapedScan<T>) => Promise<Reading<T>>): Promise<Reading<T>> {
    const cut = cutBody(scope().source);
    if (scope().isQuiet || cut === undefined) return live(scan);
    const keep = place('body');
    let begun = false;
    const reading = await live({
      add(chunk) {
        begun = true;
        cut.add(chunk);
        return scan.add(chunk);
      },
      end: scan.end,
    });
    keep(reading.ok ? { text: cut.text() } : { missing: reading, ...(begun ? { begun } : {}) });
    return reading;
  }

  /** Runs of one source end in the order in which they began, so that a replay, which takes no time, ends them in the same. */
  function run<T>(source: string, signal: AbortSignal, live: () => Promise<Reading<T>>) {
    const whole = timed(source, signal, live, running.get(source));
    running.set(source, whole);
    return whole;
  }

  async function timed<T>(source: string, signal: AbortSignal, live: () => Promise<Reading<T>>, before: Promise<unknown> | undefined) {
    const kept: Mutable<RecordedRun> = { seconds: 0 };
    listOf(poll.runs, source).push(kept);
    const begin = performance.now();
    const reading = await scopes.run({ source, isQuiet: !isTextual(source) }, live);
    kept.seconds = (performance.now() - begin) / 1000;
    await before;
    if (signal.aborted) kept.late = true;
    const isOfTime = !reading.ok && (reading.reason === 'timeout' || reading.reason === 'exhausted');
    if (isOfTime || !isTextual(source)) kept.reading = reading;
    return { reading, seconds: kept.seconds };
  }

  return {
    time: () => poll.at,
    seconds(what, measured) {
      listOf(poll.seconds, what).push(measured);
      return measured;
    },
    fact(name, live) {
      const result = quietly(live);
      facts[name] = result;
      return result;
    },
    value,
    valueLater,
    text,
    pieces,
    reads,
    body,
    run,
    beginPoll() {
      poll = newPoll();
      polls.push(poll);
    },
    isFull: () => left < 0,
    recorded: () => ({ facts, polls }),
  };
}

function listOf<T>(lists: Record<string, T[]>, key: string): T[] {
  const list = lists[key] ?? [];
  lists[key] = list;
  return list;
}

function newPoll(): PollInProgress {
  return { at: Date.now() / 1000, runs: {}, reads: {}, seconds: {} };
}
