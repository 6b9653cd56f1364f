import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Metrics, metricsOf } from '../e2e/memgap.ts';

/** memgap in a container: its pages, and what it wrote. */
export interface Served {
  readonly name: string;
  get(path: string): Promise<string>;
  log(): string | Promise<string>;
}

/**
 * Asks again until the answer is as it should be; the last one is in the error when that takes too long. A failed question is asked again
 * too.
 */
export async function eventually<T>(served: Pick<Served, 'name' | 'log'>, ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 180_000;
  for (;;) {
    const answer = await attempt(ask);
    if (answer.ok && isSo(answer.value)) return answer.value;
    if (Date.now() > deadline)
      throw new Error(`${served.name} does not come to it\n${(await served.log()).slice(-4000)}`, { cause: answer });
    await sleep(100);
  }
}

async function attempt<T>(ask: () => Promise<T>) {
  try {
    return { ok: true, value: await ask() } as const;
  } catch (error) {
    return { ok: false, error } as const;
  }
}

/**
 * The first page of metrics that is right, which must be the second one at the latest of the snapshots that were taken after `since` (Unix
 * seconds).
 */
export async function withinTwoPolls(served: Served, since: number, isRight: (page: Metrics) => boolean): Promise<Metrics> {
  const wrong = new Set<number>();
  return eventually(
    served,
    async () => {
      // the page may be of a later snapshot than this one, never of an earlier
      const takenAt = await lastTaken(served);
      const page = metricsOf(await served.get('/metrics'));
      if (!isRight(page) && takenAt !== undefined && takenAt > since) wrong.add(takenAt);
      return page;
    },
    (page) => {
      if (isRight(page)) return true;
      // the poll that ran meanwhile may have read before the change
      assert.ok(wrong.size <= 1, `${served.name} is still wrong two polls later`);
      return false;
    },
  );
}

/** The first page of metrics of a snapshot that was begun after `since`, for certain: of the second one taken. */
export function freshPage(served: Served, since: number): Promise<Metrics> {
  const seen = new Set<number>();
  return eventually(
    served,
    async () => metricsOf(await served.get('/metrics')),
    (page) => {
      const taken = page.value('memgap_snapshot_timestamp_seconds');
      if (taken !== undefined && taken > since) seen.add(taken);
      return seen.size >= 2;
    },
  );
}

/** When the last snapshot was taken, of a target that is gone too. */
async function lastTaken(served: Served): Promise<number | undefined> {
  const [target]: ReadonlyArray<{ readonly taken_at?: number }> = JSON.parse(await served.get('/api/v1/targets'));
  return target?.taken_at;
}

/** Now, as Unix seconds. */
export function now(): number {
  return Date.now() / 1000;
}
