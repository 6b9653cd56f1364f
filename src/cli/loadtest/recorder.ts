import { setTimeout as sleep } from 'node:timers/promises';
import { ledgerDocument } from '../../answer/document.ts';
import { type Ledger, ledgerOf } from '../../books/ledger.ts';
import { floorsOf, type Measure, measureOf, type Phase, type PhaseName, peaksOf } from '../../loadtest/measure.ts';
import type { ProcessIdentity } from '../../model/process.ts';
import type { Reading } from '../../model/reading.ts';
import type { Poll } from '../../poll/poll.ts';
import { createSameTarget } from './same-target.ts';

/** A phase with the last ledger that it saw, as the API gives it. */
interface RecordedPhase extends Phase {
  readonly ledger: object | undefined;
}

/** Records one target, phase by phase. */
export interface PhaseRecorder {
  readonly phases: readonly RecordedPhase[];
  /** Why nothing more can be recorded: the process is gone or another one. */
  problem(): string | undefined;
  /** What was amiss and ended nothing. */
  readonly notes: readonly string[];
  /**
   * Takes snapshots until `over` aborts. With `floors`, garbage is collected then, and some more are taken: what stays is what lives.
   * Floors that were not waited for, because the test was stopped, are not recorded.
   */
  record(name: PhaseName, cycle: number, over: AbortSignal, floors: boolean): Promise<void>;
  /** When something went wrong: looks whether the target is still there, and for a few seconds whether another one is in its place. */
  look(): Promise<void>;
}

/** How to look at the target. */
interface Sight {
  /** `only`: of this process, whoever else has its port or its name by now. */
  poll(only: ProcessIdentity | undefined): Promise<Poll>;
  /** Has it collect its garbage; absent where it can't be asked, or was not to be. */
  readonly collect: (() => Promise<Reading<unknown>>) | undefined;
  /** Aborts when the test is to end. */
  readonly stop: AbortSignal;
}

const minPauseMilliseconds = 1000; // between two snapshots
const pauseFactor = 10; // times what a snapshot took: the target is read for a tenth of the time at most
const maxPauseMilliseconds = 10_000;
const floorSnapshots = 3; // after the collections
const collections = 2; // what sync.Pool holds goes with the second
const successorPolls = 5; // what restarts a process mostly does so within seconds

/** A recorder that has seen nothing yet. */
export function createPhaseRecorder({ poll, collect, stop }: Sight): PhaseRecorder {
  const phases: RecordedPhase[] = [];
  const notes = new Map<'garbage' | 'owners', string>(); // the first of each: details such as counts differ from phase to phase
  const target = createSameTarget();
  let unread: string | undefined;
  const problem = () => target.fate?.words ?? unread;

  async function record(name: PhaseName, cycle: number, over: AbortSignal, floors: boolean): Promise<void> {
    const from = Date.now() / 1000;
    const measures: Measure[] = [];
    let latest: Ledger | undefined;
    let last: Ledger | undefined; // that told something
    const take = async () => {
      const begin = performance.now();
      const { snapshot, mapped } = await poll(target.identity);
      target.see(snapshot);
      latest = ledgerOf(snapshot, mapped);
      if (problem() === undefined && (latest.go.ok || latest.rss.ok)) {
        last = latest;
        measures.push(measureOf(latest));
      }
      return Math.min(maxPauseMilliseconds, Math.max(minPauseMilliseconds, pauseFactor * (performance.now() - begin)));
    };
    do await pause(await take(), over);
    while (problem() === undefined && !over.aborted);
    const wanted = () => floors && problem() === undefined && !stop.aborted;
    const collected = wanted() && (await collectAll());
    if (collected) measures.length = 0; // what was seen before holds garbage
    for (let left = floorSnapshots; left > 0 && wanted(); left -= 1) {
      const wait = await take();
      if (left > 1) await pause(wait, stop);
    }
    if (floors && !wanted()) return;
    if (measures.length === 0) {
      if (floors) unread = `nothing could be read of the target in the phase ${name}: ${latest === undefined ? '' : gapOf(latest)}`;
      return;
    }
    const until = Date.now() / 1000;
    const sizes = { floors: floorsOf(measures), peaks: peaksOf(measures) };
    if (floors && last !== undefined && sizes.floors.unattributed === undefined) note('owners', unseenOf(last));
    phases.push({ name, cycle, from, until, samples: measures.length, collected, ...sizes, ledger: last && ledgerDocument(last) });
  }

  async function look(): Promise<void> {
    if (target.fate === undefined) target.see((await poll(target.identity)).snapshot);
    for (let left = successorPolls; left > 0 && target.fate?.kind === 'gone' && !stop.aborted; left -= 1) {
      target.seeSuccessor((await poll(undefined)).snapshot);
      if (target.fate?.kind === 'gone') await pause(minPauseMilliseconds, stop);
    }
  }

  function note(kind: 'garbage' | 'owners', text: string): void {
    if (!notes.has(kind)) notes.set(kind, text);
  }

  async function collectAll(): Promise<boolean> {
    for (let count = 0; count < collections; count += 1) {
      const done = await collect?.();
      if (done?.ok === true) continue;
      if (stop.aborted) return false;
      note(
        'garbage',
        `garbage was not collected before the floors, so the live heap is not judged: ${done === undefined ? 'no pprof endpoint (--target.pprof), or --no-gc' : done.detail}`,
      );
      return false;
    }
    return true;
  }

  return {
    phases,
    problem,
    get notes() {
      return [...notes.values()];
    },
    record,
    look,
  };
}

/** Why what is not Go's can't be told by its owners. */
function unseenOf({ rss, mapped }: Ledger): string {
  if (!rss.ok) return `RSS is not known: ${rss.detail}`;
  return mapped.ok ? 'the owners of RSS were not known in each phase' : `the owners of RSS are not known: ${mapped.detail}`;
}

function gapOf({ go, rss }: Ledger): string {
  return [go, rss].flatMap((reading) => (reading.ok ? [] : [reading.detail])).join('; ');
}

/** Ends early, and without a word, when `over` aborts. */
async function pause(milliseconds: number, over: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal: over }).catch(() => undefined);
}
