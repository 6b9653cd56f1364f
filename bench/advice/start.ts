import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, freePort, startChild } from '../../scripts/child.ts';
import { withDeadline } from '../../src/deadline.ts';
import { type Group, makeGroup } from './group.ts';
import type { Prepared } from './prepare.ts';
import type { Launch, Place, Size } from './subject.ts';

/** A program that has been started in a group of its own. */
export interface Started {
  readonly child: Child;
  readonly group: Group;
  readonly place: Place;
  readonly launch: Launch;
  /** Seconds of its start, in Unix time. */
  readonly at: number;
  /** Rejects when it ends, or is not ready before the signal. */
  ready(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

const pace = 20; // ms between two questions whether it is ready
const longest = 10_000; // ms, for an answer

/**
 * Starts a subject with cold page cache, in a group of its own with that size; on the ports of `before`, or with files that another group
 * pays for.
 */
export async function start(
  prepared: Prepared,
  size: Size,
  { before, warm = false }: { readonly before?: Pick<Place, 'port' | 'other'>; readonly warm?: boolean } = {},
): Promise<Started> {
  const { subject, program, original, data, folder } = prepared;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const place: Place = { folder, program, data, port: before?.port ?? (await freePort()), other: before?.other ?? (await freePort()) };
  const launch = subject.launch(place);
  for (const [name, text] of Object.entries(launch.texts ?? {})) writeFileSync(join(folder, name), text);
  prepared.cool();
  if (warm) prepared.warm();
  const group = makeGroup(subject.name, size.limit);
  const directory = launch.directory === undefined ? folder : resolve(dirname(original), launch.directory);
  const environment = { ...launch.environment, ...(size.gomemlimit !== undefined && { GOMEMLIMIT: String(Math.round(size.gomemlimit)) }) };
  const at = Date.now() / 1000;
  const [shell, ...words] = group.enter;
  const inDirectory = ['sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', directory];
  const child = await startChild(subject.name, shell, [...words, ...inDirectory, program, ...launch.args], environment);
  return {
    child,
    group,
    place,
    launch,
    at,
    ready: (signal) => answers(child, launch.ready, signal),
    stop: async () => {
      for (const pid of group.pids()) kill(pid); // at once: one that starves takes minutes to end by itself
      await child.stop();
      await group.remove();
    },
  };
}

async function answers(child: Child, url: string, signal: AbortSignal): Promise<void> {
  while (!(await isUp(url, signal))) {
    if (child.ended() !== undefined) throw new Error(`it ended: ${child.ended()}`);
    if (signal.aborted) throw new Error('not in time');
    await sleep(pace);
  }
}

async function isUp(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    return await withDeadline(longest, [signal], async (own) => {
      const response = await fetch(url, { signal: own });
      await response.arrayBuffer();
      return response.ok;
    });
  } catch {
    return false; // it does not listen yet
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}
