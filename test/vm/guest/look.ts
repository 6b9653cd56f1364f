import { readFileSync } from 'node:fs';
import { pause } from './container.ts';
import type { Operator, Serve } from './pod.ts';

/** What memgap says, and beside it what the machine and the lab know. */
export interface Look {
  /** The answer of the lab to what it was asked, when that is more than "ok". */
  readonly truth?: unknown;
  /** The document of /api/v1/ledger. */
  readonly ledger: unknown;
  /** The page of metrics of the same time. */
  readonly metrics: string;
  /** Files of the operator's cgroup, read from outside of the container. */
  readonly files: Readonly<Record<string, string>>;
}

const files = ['memory.current', 'memory.peak', 'memory.max', 'memory.stat', 'memory.events', 'memory.pressure'];

/** One look at the operator, from a poll that began after now: the second that ended since, for the first may have been under way. */
export async function look(serve: Serve, operator: Operator, truth?: unknown): Promise<Look> {
  let since = Date.now() / 1000;
  let first = true;
  const end = Date.now() + 120_000;
  while (Date.now() < end) {
    const ledger = JSON.parse(await serve.get('/api/v1/ledger?target=operator').catch(() => '{"taken_at":0}'));
    if (ledger.taken_at > since && ledger.go !== undefined && ledger.cgroup !== undefined) {
      if (!first) return { ledger, metrics: await serve.get('/metrics'), files: filesOf(operator), truth };
      first = false;
      since = ledger.taken_at;
    }
    await pause(100);
  }
  throw new Error(`memgap showed no whole ledger of ${operator.id} in 120 s: ${await serve.get('/metrics')}`);
}

/** A page of metrics and when it was had, in Unix seconds. */
export interface Page {
  readonly at: number;
  readonly text: string;
}

/** All pages of polls that differ, from now until one is as it should be; ends after 90 s whether it is or not. */
export async function follow(serve: Serve, isSo: (page: string) => boolean): Promise<readonly Page[]> {
  const pages: Page[] = [];
  const end = Date.now() + 90_000;
  while (Date.now() < end) {
    const text = await serve.get('/metrics');
    const series = ofTargets(text);
    if (series !== pages.at(-1)?.text) pages.push({ at: Date.now() / 1000, text: series });
    if (isSo(text)) break;
    await pause(100);
  }
  return pages;
}

/** Without memgap's own series, which are never the same twice, but for its start. */
function ofTargets(page: string): string {
  const blocks = page.split('\n\n');
  return blocks
    .filter((block) => !block.startsWith('# HELP memgap_self_') || block.includes('memgap_self_start_time_seconds'))
    .join('\n\n');
}

function filesOf({ group }: Operator): Record<string, string> {
  return Object.fromEntries(files.map((name) => [name, readFileSync(`${group}/${name}`, 'utf8')]));
}
