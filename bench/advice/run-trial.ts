import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, freePort, startChild } from '../../scripts/child.ts';
import { collectionsOf } from './collections.ts';
import { type Group, makeGroup } from './group.ts';
import { readBytesOf } from './read-bytes.ts';
import type { Launch, Place, Size, Subject } from './subject.ts';
import type { Trial } from './trial.ts';

/** A subject with its files and its executable in place. */
export interface Prepared {
  readonly subject: Subject;
  /** The copy that is started, under the subject's name: nobody else maps its pages. */
  readonly program: string;
  /** Where the program is installed, for what lies beside it. */
  readonly original: string;
  readonly data: string;
  readonly folder: string;
  /** Gives back the page cache of its files. */
  cool(): void;
  /** Has its pages paid for by another group. */
  warm(): void;
}

/** How long a start and a load may take, in seconds, and how much may be read: what takes more has missed its bounds anyway. */
export interface Patience {
  readonly ready: number;
  readonly load: number;
  readonly readBytes: number;
}

/** A program that has been started in a group of its own. */
export interface Started {
  readonly child: Child;
  readonly group: Group;
  readonly place: Place;
  readonly launch: Launch;
  /** Seconds of its start, in Unix time. */
  readonly at: number;
  /** Rejects when it ends, or is not ready in time. */
  ready(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

const pace = 20; // ms between two questions whether it is ready
const samplePause = 100; // ms
const samplesPerWorkingSet = 3;

/** Starts a subject with cold page cache, in a group of its own with that size; on the ports of `place` where it was started before. */
export async function start(prepared: Prepared, size: Size, { before, warm = false }: { readonly before?: Pick<Place, 'port' | 'other'>; readonly warm?: boolean } = {}): Promise<Started> {
  const { subject, program, original, data, folder } = prepared;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const place: Place = { folder, program, data, port: before?.port ?? (await freePort()), other: before?.other ?? (await freePort()) };
  const launch = subject.launch(place);
  for (const [name, text] of Object.entries(launch.texts ?? {})) writeFileSync(join(folder, name), text);
  prepared.cool();
  if (warm) prepared.warm();
  const group = makeGroup(subject.name, size.limit);
  const [shell = 'sh', ...words] = group.enter;
  const directory = ['env', '-C', launch.directory === undefined ? folder : resolve(dirname(original), launch.directory)];
  const environment = { ...launch.environment, ...(size.gomemlimit !== undefined && { GOMEMLIMIT: String(Math.round(size.gomemlimit)) }) };
  const at = Date.now() / 1000;
  const child = await startChild(subject.name, shell, [...words, ...directory, program, ...launch.args], environment);
  return {
    child,
    group,
    place,
    launch,
    at,
    ready: (signal) => answers(child, launch.ready, signal),
    stop: async () => {
      await child.stop();
      await group.remove();
    },
  };
}

async function answers(child: Child, url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const isUp = await fetch(url, { signal }).then(
      async (response) => (await response.arrayBuffer(), response.ok),
      () => false,
    );
    if (isUp) return;
    if (child.ended() !== undefined) throw new Error(`it ended: ${child.ended()}`);
    if (signal.aborted) throw new Error('it was not ready in time');
    await sleep(pace);
  }
}

/** One start and one load, with that size. */
export async function runTrial(prepared: Prepared, size: Size, patience: Patience): Promise<Trial> {
  const started = await start(prepared, size);
  const { child, group, place, at, launch } = started;
  const stopped = new AbortController();
  const seen = watch(started, patience.readBytes, stopped);
  const beside = besideIn(prepared, group, stopped.signal);
  const within = (seconds: number) => AbortSignal.any([stopped.signal, AbortSignal.timeout(Math.ceil(seconds * 1000))]);
  let ready: number | undefined;
  let loadSeconds: number | undefined;
  let failed: string | undefined;
  try {
    await started.ready(within(patience.ready));
    ready = Date.now() / 1000 - at;
    const begin = performance.now();
    await prepared.subject.load(place, within(patience.load));
    loadSeconds = (performance.now() - begin) / 1000;
  } catch (error) {
    const step = ready === undefined ? 'not ready' : 'load not done';
    failed = [step, child.ended() ?? seen.why() ?? messageOf(error)].join(': ');
  }
  const collected = await collectionsOf(launch.pprof, at, cpus().length).catch(() => undefined);
  stopped.abort();
  await beside;
  const use = seen.end();
  await started.stop();
  return {
    ...size,
    oomKills: use.oomKills,
    ...(failed !== undefined && { failed }),
    ...(ready !== undefined && { ready }),
    ...(loadSeconds !== undefined && { loadSeconds }),
    readBytes: use.readBytes,
    ...(collected !== undefined && { gcSeconds: collected.seconds, collections: collected.count }),
    peak: use.peak,
    anonymous: use.anonymous,
    refaults: use.refaults,
    workingSets: use.workingSets,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Watches a group until `end`; aborts a start that reads more than it may, and one in whose group something was killed. */
function watch({ child, group }: Started, most: number, stop: AbortController) {
  const workingSets: number[] = [];
  let readBytes = 0;
  let anonymous = 0;
  let why: string | undefined;
  let turn = 0;
  const look = () => {
    const use = group.read();
    readBytes = Math.max(readBytes, readBytesOf(child.pid) ?? 0);
    anonymous = Math.max(anonymous, use.anonymous);
    turn += 1;
    if (turn % samplesPerWorkingSet === 0) workingSets.push(use.workingSet);
    if (use.oomKills > 0) why = 'killed for want of memory';
    else if (readBytes > most) why = `it had read ${Math.round(readBytes / 1024 ** 2)} MiB`;
    if (why !== undefined) stop.abort();
    return use;
  };
  const timer = setInterval(look, samplePause);
  return {
    why: () => why,
    end: () => {
      clearInterval(timer);
      return { ...look(), readBytes, anonymous, workingSets };
    },
  };
}

/** Starts the subject's probe in the group every few seconds, first after a second, until it is told to stop. */
export async function besideIn({ subject, program }: Prepared, group: Group, signal: AbortSignal): Promise<void> {
  const { probe } = subject;
  if (probe === undefined) return;
  const [shell = 'sh', ...words] = group.enter;
  await sleep(1000, undefined, { signal }).catch(() => undefined);
  while (!signal.aborted) {
    const child = await startChild('probe', shell, [...words, program, ...probe.args]);
    await child.end;
    await sleep(probe.every * 1000, undefined, { signal }).catch(() => undefined);
  }
}
