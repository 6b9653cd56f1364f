import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Child, freePort, startChild } from '../../scripts/child.ts';
import { withDeadline } from '../../src/deadline.ts';
import type { Installation } from '../memgap.ts';
import type { Size } from './subject.ts';

const run = promisify(execFile);

/** What memgap said when it was asked: a size, or why there is none. */
export interface Advice {
  readonly size?: Size;
  /** `right_size` of its document. */
  readonly document?: object;
  readonly why?: string;
}

/** A memgap that polls its one target every second. */
export interface Watcher extends Child {
  advice(): Promise<Advice>;
  /** Resolves after so many more polls, or after half a minute. */
  polled(count: number): Promise<void>;
}

/**
 * `memgap explain --json` with these flags for a target. What it printed counts, however it ended: where a read of /proc hangs it kills
 * itself at its end.
 */
export async function explain({ folder }: Installation, flags: readonly string[]): Promise<Advice> {
  const environment = { ...process.env, MEMGAP_NODE: process.execPath };
  const ran = run(join(folder, 'bin/memgap'), ['explain', '--json', ...flags], { env: environment, maxBuffer: 64 * 1024 ** 2 });
  const { stdout } = await ran.catch((error: Error & { readonly stdout?: string }) => {
    if (error.stdout === undefined || error.stdout === '') throw error;
    return { stdout: error.stdout };
  });
  return adviceOf(JSON.parse(stdout));
}

/** Starts `memgap serve` with these flags for a target of that name. */
export async function startWatcher({ folder }: Installation, name: string, flags: readonly string[]): Promise<Watcher> {
  const port = await freePort();
  const listen = ['--web.listen-address', `127.0.0.1:${port}`, '--log.level', 'error', '--poll.interval', '1s'];
  const child = await startChild('memgap', join(folder, 'bin/memgap'), ['serve', ...flags, ...listen], { MEMGAP_NODE: process.execPath });
  const document = () => fetchDocument(`http://127.0.0.1:${port}/api/v1/ledger?target=${encodeURIComponent(name)}`);
  return {
    ...child,
    advice: async () => adviceOf(await document()),
    polled: async (count) => {
      const seen = new Set<number>();
      for (const end = Date.now() + 30_000; seen.size <= count && Date.now() < end; await sleep(200)) {
        const taken = (await document().catch((): Document => ({}))).taken_at;
        if (taken !== undefined) seen.add(taken);
      }
    },
  };
}

interface Document {
  readonly taken_at?: number;
  readonly right_size?: { readonly limit?: number; readonly gomemlimit?: number };
}

async function fetchDocument(url: string): Promise<Document> {
  return withDeadline(5000, [], async (signal) => {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`memgap answers ${response.status}: ${await response.text()}`);
    return JSON.parse(await response.text());
  });
}

function adviceOf({ right_size: document }: Document): Advice {
  if (document?.limit === undefined) return { why: 'no size', ...(document && { document }) };
  const { limit, gomemlimit } = document;
  return { size: { limit, ...(gomemlimit !== undefined && { gomemlimit }) }, document };
}
