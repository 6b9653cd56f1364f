import { type Ledger, ledgerOf } from '../books/ledger.ts';
import { judge, type Verdicts } from '../causes/engine/judge.ts';
import { causes } from '../causes/index.ts';
import type { TargetState } from '../causes/state.ts';
import { createHistory } from '../history/history.ts';
import type { Missing } from '../model/reading.ts';
import type { LastObservation } from '../model/snapshot.ts';
import type { Poll } from '../poll/poll.ts';
import { observationOf } from './last-observation.ts';
import { createRestartDetector } from './restart-detector.ts';

/** What happened with a poll, for the log. */
type RecordEvent = 'up' | 'down' | 'restarted' | 'replaced';

/** What is kept of one target between polls. Times are of a clock that never steps, in seconds. */
export interface TargetRecord {
  accept(poll: Poll, now: number): readonly RecordEvent[];
  /** `freshFor`: a snapshot older than this is dropped rather than repeated. */
  state(now: number, freshFor: number): TargetState;
}

/** A target may come up after memgap: a native sidecar starts first. */
const graceSeconds = 60;

/** In the first minute these are no errors: the target is not there yet. */
const notThereYet: ReadonlySet<Missing> = new Set(['gone', 'not-found', 'unreachable']);

/** The record of a target that is watched since `since`. */
export function createRecord(name: string, since: number): TargetRecord {
  let history = createHistory();
  const detector = createRestartDetector();
  let errors: TargetState['errors'] = new Map();
  let latest: { readonly ledger: Ledger; readonly verdicts: Verdicts; readonly at: number } | undefined;
  let condition: TargetState['condition'] = 'waiting';
  let restarts = 0;
  /** Of the process that was there last, and of the one before it. */
  let last: LastObservation | undefined;
  let previous: LastObservation | undefined;
  let isPoorer = false;

  function accept({ snapshot, mapped, failures }: Poll, now: number): readonly RecordEvent[] {
    const changes: RecordEvent[] = [];
    const young = now - since < graceSeconds;
    for (const { source, reason } of failures) if (!young || !notThereYet.has(reason)) count(source, reason);
    const transition = detector.next(snapshot);
    if (transition !== 'same') {
      history = createHistory();
      changes.push(transition);
    }
    if (transition === 'restarted') {
      restarts += 1;
      previous = last;
      last = undefined;
    }
    const ledger = ledgerOf(snapshot, mapped);
    const up = ledger.go.ok || ledger.rss.ok;
    const before = condition;
    if (up) condition = 'up';
    else if (condition !== 'waiting' || !young) condition = 'down';
    if (condition !== before && condition !== 'waiting') changes.push(condition);
    if (up) history.add(ledger);
    if (up) observe(observationOf(ledger, history.past()));
    latest = { ledger, verdicts: judge(causes, { ledger, past: history.past() }), at: now };
    return changes;
  }

  /** A process that is being killed loses its group before it is gone: one snapshot without the container does not replace one with it. */
  function observe(now: LastObservation | undefined): void {
    if (now === undefined) return;
    isPoorer = !isPoorer && now.usage === undefined && last?.usage !== undefined;
    if (!isPoorer) last = now;
  }

  /** In new maps: a state that was handed out stays what it was while a page is printed from it. */
  function count(source: string, reason: Missing): void {
    const reasons = new Map(errors.get(source));
    errors = new Map(errors).set(source, reasons.set(reason, (reasons.get(reason) ?? 0) + 1));
  }

  function state(now: number, freshFor: number): TargetState {
    const fresh = latest !== undefined && now - latest.at <= freshFor;
    return {
      name,
      labels: latest?.ledger.snapshot.labels ?? {},
      condition: fresh || condition === 'waiting' ? condition : 'down',
      ledger: fresh ? latest?.ledger : undefined,
      errors,
      restarts,
      past: history.past(),
      lastObservation: latest?.ledger.snapshot.process.ok ? previous : (last ?? previous),
      verdicts: fresh ? latest?.verdicts : undefined,
    };
  }

  return { accept, state };
}
