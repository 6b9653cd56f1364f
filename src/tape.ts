import { missing, type Reading } from './model/reading.ts';

/** A text of the kernel's, or its start where it is longer than what is read of it. */
export interface TapedText {
  readonly text: string;
  readonly whole: boolean;
}

/** What is fed a body piece by piece: a Scan of net/read-endpoint.ts. */
export interface TapedScan<T> {
  add(chunk: Buffer): boolean;
  end(): Reading<T>;
}

/** Reads an open file of /proc: a ReadLater of kernel/memory/locked-file.ts. */
export type TapedReads = (into: Buffer, offset: number, size: number, position: number | null) => Promise<number>;

/**
 * What stands between memgap and a target while its polls are recorded (`memgap record`) or replayed (`memgap explain FILE`): src/record
 * has both. Each read is known by what it means (a path, a source, the how-manyth of its kind in a poll), never by who asks and in which
 * order. A recording one calls `live` and keeps what came; a replaying one gives what was kept. In any other run there is none, and a seam
 * costs one comparison.
 */
export interface Tape {
  /** Unix seconds: of all that is read in one poll the same, so that it does not matter who asks first. */
  time(): number;
  /** How long something took that decides what is done next. */
  seconds(what: string, measured: number): number;
  /** What does not change between polls: of the machine, or of where memgap runs. */
  fact<T>(name: string, live: () => T): T | undefined;
  /** Something that is no text: a number, a yes or no, plain data; `undefined` where it was not recorded. */
  value<T>(what: string, live: () => T): T | undefined;
  valueLater<T>(what: string, live: () => Promise<T>): Promise<T | undefined>;
  /** The text of a small file. */
  text(what: string, live: () => Reading<TapedText>): Reading<TapedText>;
  /** A text that comes in pieces; what `cut` leaves of it is kept. */
  pieces<T>(
    what: string,
    take: (piece: string) => boolean,
    cut: (text: string) => string,
    live: (take: (piece: string) => boolean) => Promise<Reading<T>>,
  ): Promise<Reading<T>>;
  /** A file that is read on and on by `use`. */
  reads<T>(
    what: string,
    use: (reads: TapedReads) => Promise<Reading<T>>,
    live: (use: (reads: TapedReads) => Promise<Reading<T>>) => Promise<Reading<T>>,
  ): Promise<Reading<T>>;
  /** The answer of an endpoint, of which no more is kept than the source uses that asks. */
  body<T>(scan: TapedScan<T>, live: (scan: TapedScan<T>) => Promise<Reading<T>>): Promise<Reading<T>>;
  /** A run of a source, by its name, and how long it took. */
  run<T>(
    source: string,
    signal: AbortSignal,
    live: () => Promise<Reading<T>>,
  ): Promise<{ readonly reading: Reading<T>; readonly seconds: number }>;
}

let current: Tape | undefined;

/** The tape that is in use; almost always none. */
export function tape(): Tape | undefined {
  return current;
}

/** Does some work with a tape in use. One at a time. */
export async function withTape<T>(used: Tape, work: () => Promise<T>): Promise<T> {
  if (current !== undefined) throw new Error('a tape is in use already');
  current = used;
  try {
    return await work();
  } finally {
    current = undefined;
  }
}

/** Of something that a replay is asked for and that was not recorded. */
export const notRecorded = missing('disabled', 'it is not in the record');

/** The wall clock, in Unix seconds. */
export function wallClock(): number {
  return current === undefined ? Date.now() / 1000 : current.time();
}

/** What does not change between polls: of the machine, or of where memgap runs. */
export function fact<T>(name: string, live: () => T): T | undefined {
  return current === undefined ? live() : current.fact(name, live);
}

/** Seconds since `begin` of performance.now(), for something that is measured to decide what is done next. */
export function secondsSince(begin: number, what: string): number {
  const measured = (performance.now() - begin) / 1000;
  return current === undefined ? measured : current.seconds(what, measured);
}
