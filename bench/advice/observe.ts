import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Child, freePort, startChild } from '../../scripts/child.ts';
import type { Installation } from '../memgap.ts';
import type { Bounds } from './conditions.ts';
import { readBytesOf } from './read-bytes.ts';
import { besideIn, type Prepared, type Started, start } from './run-trial.ts';
import type { Size } from './subject.ts';

const run = promisify(execFile);

/** What memgap said when it was asked: a size, or why there is none. */
export interface Advice {
  readonly size?: Size;
  /** `right_size` of its document. */
  readonly right_size?: object;
  readonly why?: string;
}

/** Limit under which a program is looked at: it constrains none of them. */
const roomy = 1024 ** 3;
const polls = 10;

/** Starts a subject, puts its load on it, and asks memgap: by one look when the load is over, and by a serve that watched it all and polled ten times. */
export async function observe(prepared: Prepared, installation: Installation): Promise<{ readonly look: Advice; readonly polls: Advice }> {
  const started = await start(prepared, { limit: roomy }, { warm: prepared.subject.paidElsewhere ?? false });
  const stopped = new AbortController();
  const beside = besideIn(prepared, started.group, stopped.signal);
  let serve: Serve | undefined;
  try {
    await started.ready(AbortSignal.timeout(60_000));
    const flags = ['--target.name', prepared.subject.name, '--target.pprof', started.launch.pprof, '--target.pid', String(started.child.pid)];
    serve = await startServe(installation, prepared.subject.name, flags);
    await prepared.subject.load(started.place, AbortSignal.timeout(120_000));
    const look = await explain(installation, flags);
    await serve.polled(polls);
    return { look, polls: await serve.advice() };
  } finally {
    stopped.abort();
    await beside;
    await serve?.stop();
    await started.stop();
  }
}

/** What a limit that is too small did, and what memgap says then: after a kill of the program that was started again, else while it starves. */
export interface Squeezed {
  readonly limit: number;
  readonly came: 'killed' | 'starved' | 'lived';
  readonly advice: Advice;
}

/** Starts a subject and its load under a limit that is too small, before the eyes of a memgap; after a kill starts it again under it, as the kubelet would. */
export async function observeSqueezed(prepared: Prepared, installation: Installation, limit: number, bounds: Bounds): Promise<Squeezed> {
  const { name } = prepared.subject;
  const first = await start(prepared, { limit });
  const flags = ['--target.name', name, '--target.pprof', first.launch.pprof, '--target.exe', name];
  const serve = await startServe(installation, name, flags);
  try {
    const came = await squeeze(prepared, first, serve, bounds);
    if (came !== 'killed') return { limit, came, advice: await serve.advice().catch(() => ({ why: 'memgap has no answer' })) };
    await first.stop();
    await sleep(1500); // the back-off of a restart, in which nobody is there
    const second = await start(prepared, { limit }, { before: first.place });
    try {
      await second.ready(AbortSignal.timeout(10_000)).catch(() => undefined);
      await serve.polled(3);
      return { limit, came, advice: await serve.advice().catch(() => ({ why: 'memgap has no answer' })) };
    } finally {
      await second.stop();
    }
  } finally {
    await serve.stop();
    await first.stop();
  }
}

/** How a start with its load ends. */
async function squeeze(prepared: Prepared, started: Started, serve: Serve, bounds: Bounds): Promise<Squeezed['came']> {
  const stopped = new AbortController();
  const beside = besideIn(prepared, started.group, stopped.signal);
  const until = AbortSignal.any([stopped.signal, AbortSignal.timeout(20_000)]);
  let readBytes = 0;
  const timer = setInterval(() => {
    readBytes = readBytesOf(started.child.pid) ?? readBytes;
    if (started.group.read().oomKills > 0) stopped.abort();
  }, 50);
  try {
    await started.ready(until);
    await serve.polled(2);
    await prepared.subject.load(started.place, until);
    await serve.polled(3);
  } catch {
    // what became of it, the group tells
  }
  clearInterval(timer);
  const { oomKills } = started.group.read();
  stopped.abort();
  await beside;
  if (oomKills > 0) return 'killed';
  return readBytes > bounds.readBytes ? 'starved' : 'lived';
}

interface Serve extends Child {
  advice(): Promise<Advice>;
  /** Resolves after so many more polls, or half a minute. */
  polled(count: number): Promise<void>;
}

async function startServe({ folder }: Installation, name: string, flags: readonly string[]): Promise<Serve> {
  const port = await freePort();
  const listen = ['--web.listen-address', `127.0.0.1:${port}`, '--log.level', 'error', '--poll.interval', '1s'];
  const child = await startChild('memgap', join(folder, 'bin/memgap'), ['serve', ...flags, ...listen], { MEMGAP_NODE: process.execPath });
  const document = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/ledger?target=${encodeURIComponent(name)}`, { signal: AbortSignal.timeout(5000) });
    return (await response.json()) as Document;
  };
  return {
    ...child,
    advice: async () => adviceOf(await document()),
    polled: async (count) => {
      const seen = new Set<number>();
      for (const end = Date.now() + 30_000; seen.size <= count && Date.now() < end; await sleep(200)) {
        const taken = await document().then(
          ({ taken_at }) => taken_at,
          () => undefined,
        );
        if (taken !== undefined) seen.add(taken);
      }
    },
  };
}

async function explain({ folder }: Installation, flags: readonly string[]): Promise<Advice> {
  const { stdout } = await run(join(folder, 'bin/memgap'), ['explain', '--json', ...flags], {
    env: { ...process.env, MEMGAP_NODE: process.execPath },
    maxBuffer: 64 * 1024 ** 2,
  });
  return adviceOf(JSON.parse(stdout));
}

interface Document {
  readonly taken_at?: number;
  readonly right_size?: { readonly limit?: number; readonly gomemlimit?: number };
}

function adviceOf({ right_size }: Document): Advice {
  const { limit, gomemlimit } = right_size ?? {};
  if (right_size === undefined || limit === undefined) return { why: 'memgap gives no size', ...(right_size && { right_size }) };
  return { size: { limit, ...(gomemlimit !== undefined && { gomemlimit }) }, right_size };
}
