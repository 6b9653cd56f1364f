import { AsyncLocalStorage } from 'node:async_hooks';
import { found, type Reading } from '../model/reading.ts';
import { notRecorded, type Tape, type TapedReads, type TapedScan } from '../tape.ts';
import type { RecordedPoll, RecordedRead, Recording } from './recording.ts';
import { isTextual } from './what-is-kept.ts';

/** A tape that gives what was read when it was recorded. */
export interface ReplayingTape extends Tape {
  /** Goes on to a poll; `onLate` is called when its deadline passes. */
  beginPoll(index: number, onLate: () => void): void;
}

const nothing: RecordedPoll = { at: 0, runs: {}, reads: {}, seconds: {} };
const pieceBytes = 16 * 1024;

/**
 * Plays a recording. Who reads something once more than it was recorded gets the last of it again; who reads under another source, or in a
 * poll in which it was not read, gets what was read for another one, or before: the code that replays may have been changed since, and asks
 * in an order of its own.
 */
export function createReplayingTape({ polls, facts, procfs }: Recording): ReplayingTape {
  const sources = new AsyncLocalStorage<string>();
  let at = -1;
  let poll = nothing;
  let onLate: () => void = () => undefined;
  let counts = new Map<string, number>();

  /** The next of some things that have one meaning, else the last. */
  function next<T>(name: string, list: readonly T[] | undefined): T | undefined {
    const index = counts.get(name) ?? 0;
    counts.set(name, index + 1);
    return list?.[index] ?? list?.at(-1);
  }

  function keptOf(what: string): RecordedRead | undefined {
    const name = what.startsWith(`${procfs}/`) ? what.slice(procfs.length + 1) : what;
    const key = `${sources.getStore() ?? ''} ${name}`;
    const own = next(`read ${key}`, poll.reads[key]);
    if (own !== undefined) return own;
    for (let index = at; index >= 0; index -= 1) {
      const reads = Object.entries(polls[index]?.reads ?? {});
      const [, list] = reads.find(([other]) => other.slice(other.indexOf(' ') + 1) === name) ?? [];
      if (list !== undefined) return list.at(-1);
    }
    return undefined;
  }

  function textOf(what: string): Reading<Extract<RecordedRead, { text: string }>> {
    const kept = keptOf(what);
    if (kept !== undefined && 'text' in kept) return found(kept);
    return kept !== undefined && 'missing' in kept ? kept.missing : notRecorded;
  }

  /** What a tape holds was checked when it was opened, as far as it must be; that it fits the code is the format's version's part. */
  function valueFor<T>(what: string): T | undefined {
    const kept = keptOf(what);
    return kept !== undefined && 'value' in kept ? (kept.value as T) : undefined;
  }

  async function pieces<T>(what: string, take: (piece: string) => boolean): Promise<Reading<T>> {
    const kept = textOf(what);
    if (!kept.ok) return kept;
    take(kept.value.text);
    return (kept.value.end ?? notRecorded) as Reading<T>;
  }

  async function reads<T>(what: string, use: (reads: TapedReads) => Promise<Reading<T>>): Promise<Reading<T>> {
    const kept = textOf(what);
    if (!kept.ok) return kept;
    const bytes = Buffer.from(kept.value.text, 'latin1');
    let place = 0;
    return use(async (into, offset, size, position) => {
      if (position !== null) return kept.value.torn === true ? 0 : bytes.copy(into, offset, position, position + size);
      const count = bytes.copy(into, offset, place, place + size);
      place += count;
      return count;
    });
  }

  async function body<T>(scan: TapedScan<T>): Promise<Reading<T>> {
    const kept = keptOf('body');
    await undefined; // an answer comes when whoever asks has let go
    const bytes = kept !== undefined && 'text' in kept ? Buffer.from(kept.text, 'latin1') : Buffer.alloc(0);
    const isBegun = bytes.length > 0 || (kept !== undefined && 'begun' in kept && kept.begun === true);
    for (let from = 0; isBegun && from <= bytes.length; from += pieceBytes) if (!scan.add(bytes.subarray(from, from + pieceBytes))) break;
    const reading = scan.end();
    if (kept === undefined) return notRecorded;
    return 'missing' in kept ? kept.missing : reading;
  }

  async function run<T>(source: string, signal: AbortSignal, live: () => Promise<Reading<T>>) {
    const kept = next(`run ${source}`, poll.runs[source]);
    const recorded = kept?.reading as Reading<T> | undefined;
    const reading = recorded ?? (isTextual(source) ? await sources.run(source, live) : notRecorded);
    if (kept?.late === true && !signal.aborted) onLate();
    return { reading, seconds: kept?.seconds ?? 0 };
  }

  return {
    time: () => poll.at,
    seconds: (what) => next(`seconds ${what}`, poll.seconds[what]) ?? 0,
    fact: <T>(name: string) => facts[name] as T | undefined,
    value: valueFor,
    valueLater: async (what) => valueFor(what),
    text(what) {
      const kept = textOf(what);
      return kept.ok ? found({ text: kept.value.text, whole: kept.value.cut !== true }) : kept;
    },
    pieces,
    reads,
    body,
    run,
    beginPoll(index, late) {
      at = index;
      poll = polls[index] ?? nothing;
      onLate = late;
      counts = new Map();
    },
  };
}
