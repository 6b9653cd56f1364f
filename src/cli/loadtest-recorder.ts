import { setTimeout as sleep } from 'node:timers/promises';
import { ledgerDocument } from '../explain/document.ts';
import { type Ledger, ledgerOf } from '../ledger/ledger.ts';
import { floorsOf, type Measure, measureOf, peaksOf } from '../loadtest/measure.ts';
import type { Phase, PhaseName } from '../loadtest/phase.ts';
import type { Reading } from '../reading.ts';
import type { Poll } from '../sampler/watch.ts';
import type { ProcessIdentity } from '../snapshot.ts';

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
  /** Takes snapshots until `over` aborts. With `floors`, garbage is collected then, and some more are taken: what stays is what lives. */
  record(name: PhaseName, cycle: number, over: AbortSignal, floors: boolean): Promise<void>;
}

/** How to look at the target. */
interface Sight {
  poll(): Promise<Poll>;
  /** Has it collect its garbage; absent where it can't be asked, or was not to be. */
  readonly collect: (() => Promise<Reading<unknown>>) | undefined;
}

const interval = 1000; // milliseconds between two snapshots
const rest = 10; // times what a snapshot took: at most a tenth of the time is the target looked at
const longest = 10_000;
const atTheEnd = 3; // snapshots after the collections
const collections = 2; // what sync.Pool holds goes with the second

/** A recorder that has seen nothing yet. */
export function createPhaseRecorder({ poll, collect }: Sight): PhaseRecorder {
  const phases: RecordedPhase[] = [];
  const notes = new Set<string>();
  let identity: ProcessIdentity | undefined;
  let problem: string | undefined;

  async function record(name: PhaseName, cycle: number, over: AbortSignal, floors: boolean): Promise<void> {
    const from = Date.now() / 1000;
    const measures: Measure[] = [];
    let last: Ledger | undefined;
    const take = async () => {
      const begin = performance.now();
      const ledger = accepted(await poll());
      if (ledger !== undefined) measures.push(measureOf(ledger));
      last = ledger ?? last;
      return Math.min(longest, Math.max(interval, rest * (performance.now() - begin)));
    };
    while (problem === undefined && !over.aborted) await pause(await take(), over);
    const collected = floors && problem === undefined && (await collectAll());
    if (collected) measures.length = 0; // what was seen before holds garbage
    for (let left = floors ? atTheEnd : 0; left > 0 && problem === undefined; left -= 1) {
      const wait = await take();
      if (left > 1) await pause(wait, undefined);
    }
    if (measures.length === 0) {
      if (floors) problem ??= `nothing could be read of the target in the phase ${name}`;
      return;
    }
    const until = Date.now() / 1000;
    const sizes = { floors: floorsOf(measures), peaks: peaksOf(measures) };
    phases.push({ name, cycle, from, until, samples: measures.length, collected, ...sizes, ledger: last && ledgerDocument(last) });
  }

  function accepted({ snapshot, mapped }: Poll): Ledger | undefined {
    const { process } = snapshot;
    if (process.ok && identity !== undefined && process.value.startTicks !== identity.startTicks) {
      problem = `the process is another one: ${identity.pid} has ended, ${process.value.pid} is there`;
      return undefined;
    }
    if (process.ok) identity = process.value;
    else if (identity !== undefined && process.reason !== 'timeout') {
      problem = `the process ${identity.pid} has ended: ${process.detail}`;
      return undefined;
    }
    const ledger = ledgerOf(snapshot, mapped);
    return ledger.go.ok || ledger.rss.ok ? ledger : undefined;
  }

  async function collectAll(): Promise<boolean> {
    for (let count = 0; count < collections; count += 1) {
      const done = await collect?.();
      if (done?.ok === true) continue;
      notes.add(
        `garbage was not collected before the floors, so the live heap is not judged: ${done === undefined ? 'no pprof endpoint, or --no-gc' : done.detail}`,
      );
      return false;
    }
    return true;
  }

  return {
    phases,
    problem: () => problem,
    get notes() {
      return [...notes];
    },
    record,
  };
}

/** Ends early, and without a word, when `over` aborts. */
async function pause(milliseconds: number, over: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, over === undefined ? {} : { signal: over }).catch(() => undefined);
}
