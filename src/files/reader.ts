import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { budgets } from '../budgets.ts';
import { missing, type Reading } from '../model/reading.ts';
import type { ReaderJobName, ReaderJobs } from './reader-jobs.ts';

/** A file system that a reader is let loose on: what it is called, and which mount it is. */
export interface ReaderPlace {
  readonly key: string;
  /** For a person: `overlay`, `ceph`. */
  readonly shown: string;
  /**
   * One of memgap's own files lies there: it is tried again once the file system has answered. A target's is not, for it may hang and
   * answer by turns.
   */
  readonly isOwn?: boolean;
}

/** What answers after 2 s answers too late for the poll that it was asked for. */
const answerMilliseconds = 2000;

/** A process that SIGKILL reaches is gone in much less. */
const exitMilliseconds = 250;

/** Readers of which SIGKILL was no end: at most one, for while there is one no other is started. */
let stuck: { readonly place: ReaderPlace; readonly since: number } | undefined;

/** Mounts that a reader got stuck on. */
const banned = new Set<string>();

/** Gives up the reader that is asked now. */
let giveUp: (() => void) | undefined;

/** Memgap ends: nothing is asked any more. */
let over = false;

let turn: Promise<unknown> = Promise.resolve();

/** How many readers hang in a file system where not even SIGKILL reaches them: 0 or 1. */
export function stuckReaders(): number {
  return stuck === undefined ? 0 : 1;
}

/**
 * Has a short-lived process of memgap's own do what could hang for ever: a thread could not be given up, for a process with a thread in an
 * uninterruptible wait neither exits nor dies. One at a time; killed after 2 s; one that does not die is left alone, its mount is not tried
 * again, and no other is started while it is there. `use` gets the answer while the process still holds what it opened. `timeout` when it
 * did not answer.
 */
export function askReader<W extends ReaderJobName, T>(
  what: W,
  job: ReaderJobs[W]['job'],
  place: ReaderPlace,
  use: (answer: ReaderJobs[W]['answer'], pid: number) => Reading<T>,
): Promise<Reading<T>> {
  const mine = turn.then(() => refusal(place) ?? converse(what, job, place, use));
  turn = mine.catch(() => undefined);
  return mine;
}

function refusal({ key, shown }: ReaderPlace): Reading<never> | undefined {
  if (over) return ends;
  if (banned.has(key)) return missing('timeout', `${shown}: a reader got stuck on this mount, which is not tried again`);
  if (stuck !== undefined) {
    const seconds = Math.round(performance.now() / 1000 - stuck.since);
    return missing(
      'timeout',
      `not tried: a reader has been stuck on ${stuck.place.shown} for ${seconds} s, and there is never more than one`,
    );
  }
  return undefined;
}

const ends = missing('timeout', 'memgap ends');

function converse<W extends ReaderJobName, T>(
  what: W,
  job: ReaderJobs[W]['job'],
  place: ReaderPlace,
  use: (answer: ReaderJobs[W]['answer'], pid: number) => Reading<T>,
): Promise<Reading<T>> {
  // node opens all that it opens with O_CLOEXEC: a reader inherits no socket. Of the environment it gets what the launcher says of malloc.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('MALLOC_')));
  const child = spawn(process.execPath, [...process.execArgv, readerProgram, what, JSON.stringify(job)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env,
  });
  return new Promise((resolve) => {
    let text = '';
    let ended = false;
    giveUp = () => {
      ended = true;
      clearTimeout(deadline);
      abandon(child);
      child.kill('SIGKILL');
      resolve(ends);
    };
    const deadline = setTimeout(
      () => end(missing('timeout', `${place.shown} did not answer a reader within ${answerMilliseconds / 1000} s`)),
      answerMilliseconds,
    );

    function end(reading: Reading<T>): void {
      if (ended) return;
      ended = true;
      clearTimeout(deadline);
      giveUp = undefined;
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
        resolve(reading);
        return;
      }
      const left = setTimeout(() => {
        leave(child, place);
        resolve(reading);
      }, exitMilliseconds);
      child.once('exit', () => {
        clearTimeout(left);
        resolve(reading);
      });
      child.kill('SIGKILL');
    }

    child.once('error', (error) =>
      end(missing('exhausted', `a reader could not be started: ${'code' in error ? error.code : error.name}`)),
    );
    child.once('close', () => end(missing('malformed', 'a reader ended without an answer: see whether memgap may start node once more')));
    child.stdin.on('error', () => undefined); // EPIPE: it has ended already
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      if (ended) return;
      text += piece;
      if (text.length > budgets.readerAnswer.maxBytes) return end(missing('too-large', 'the answer of a reader is too long'));
      if (!text.endsWith('\n')) return;
      const answer: Reading<ReaderJobs[W]['answer']> = JSON.parse(text); // memgap's own, of this very version
      end(answer.ok ? use(answer.value, child.pid ?? 0) : answer);
    });
  });
}

/** Memgap ends: what a reader does is waited for no more, and none is started. */
export function endReaders(): void {
  over = true;
  giveUp?.();
  giveUp = undefined;
}

/** It can't be killed now: what it waits for decides when it ends. */
function leave(child: ChildProcess, place: ReaderPlace): void {
  stuck = { place, since: performance.now() / 1000 };
  banned.add(place.key);
  abandon(child);
  child.once('exit', () => {
    stuck = undefined;
    if (place.isOwn === true) banned.delete(place.key);
  });
}

/** Nothing of memgap waits for it any more. */
function abandon(child: ChildProcess): void {
  child.stdin?.destroy();
  child.stdout?.destroy();
  // biome-ignore lint/plugin: memgap must be able to end before it
  child.unref();
}

/** The program that a reader runs: a small bundle beside memgap's own, or the source of the same when nothing is bundled (tests). */
export const readerProgram: string =
  process.env.MEMGAP_VERSION === undefined ? join(import.meta.dirname, '../reader/main.ts') : join(__dirname, 'reader.cjs');
