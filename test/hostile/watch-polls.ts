import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { heldBy } from '../../bench/usage.ts';

/** What was seen of a memgap over some time. */
export interface WatchedPolls {
  /** When each target was polled, in Unix seconds, by its snapshots. */
  readonly polls: ReadonlyMap<string, readonly number[]>;
  /** The most descriptors that it had. */
  readonly descriptors: number;
  /** Its RssAnon in bytes, twice a second. */
  readonly anon: readonly number[];
  /** Pages of metrics that did not come within ten seconds. */
  readonly unanswered: number;
}

/** Reads memgap's metrics twice a second, and what the kernel tells of it. */
export async function watchPolls({ url, pid }: { readonly url: string; readonly pid: number }, seconds: number): Promise<WatchedPolls> {
  const polls = new Map<string, number[]>();
  const anon: number[] = [];
  let descriptors = 0;
  let unanswered = 0;
  for (const begin = performance.now(); performance.now() - begin < seconds * 1000; await sleep(500)) {
    const page = await metricsOf(url);
    if (page === undefined) unanswered += 1;
    for (const [, target = '', at] of (page ?? '').matchAll(stamp)) {
      const seen = polls.get(target) ?? [];
      if (seen.at(-1) !== Number(at)) polls.set(target, [...seen, Number(at)]);
    }
    descriptors = Math.max(descriptors, readdirSync(`/proc/${pid}/fd`).length);
    anon.push(heldBy(pid).anon);
  }
  return { polls, descriptors, anon, unanswered };
}

const stamp = /^memgap_snapshot_timestamp_seconds\{target="([^"]*)"\} (\S+)$/gm;

async function metricsOf(url: string): Promise<string | undefined> {
  try {
    return await (await fetch(`${url}/metrics`, { headers: { accept: 'text/plain' }, signal: AbortSignal.timeout(10_000) })).text();
  } catch {
    return undefined;
  }
}
