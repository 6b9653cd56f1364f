import { setTimeout as sleep } from 'node:timers/promises';
import { withDeadline } from '../../src/deadline.ts';
import type { Installation } from '../memgap.ts';
import { withRunning } from '../running.ts';
import { type Advice, startWatcher, type Watcher } from './ask-memgap.ts';
import type { Bounds } from './conditions.ts';
import type { Patience } from './patience.ts';
import type { Prepared } from './prepare.ts';
import { withProbe } from './probe-beside.ts';
import { type Started, start } from './start.ts';
import { watchGroup } from './watch-group.ts';

/**
 * What a limit that is too small did, and what memgap said then: after a kill of the program that was started again, else while it starves.
 */
export interface Squeezed {
  readonly limit: number;
  readonly came: 'killed' | 'starved' | 'lived';
  readonly advice: Advice;
}

const backOff = 1500; // ms in which nobody is there, as before the kubelet's restart

/**
 * Starts a subject and its load under a limit that is too small, before the eyes of a memgap; after a kill once more, as the kubelet would.
 */
export async function squeeze(
  prepared: Prepared,
  installation: Installation,
  limit: number,
  { bounds, patience }: { readonly bounds: Bounds; readonly patience: Patience },
): Promise<Squeezed> {
  const { name } = prepared.subject;
  return withRunning(async (keep) => {
    const first = keep(await start(prepared, { limit }));
    const flags = ['--target.name', name, '--target.pprof', first.launch.pprof, '--target.exe', name];
    const watcher = keep(await startWatcher(installation, name, flags));
    const came = await withProbe(prepared, first, () => endOf(prepared, first, watcher, { bounds, patience }));
    if (came === 'killed') {
      await first.stop();
      await sleep(backOff);
      const second = keep(await start(prepared, { limit }, { before: first.place }));
      // it may be killed at its start, again and again
      await withDeadline(10_000, [], (signal) => second.ready(signal)).catch(() => undefined);
      await watcher.polled(3);
    }
    return { limit, came, advice: await watcher.advice().catch((error: Error) => ({ why: error.message })) };
  });
}

/** How a start with its load ends. */
async function endOf(
  { subject }: Prepared,
  started: Started,
  watcher: Watcher,
  { bounds, patience }: { readonly bounds: Bounds; readonly patience: Patience },
): Promise<Squeezed['came']> {
  const watched = watchGroup(started, Number.POSITIVE_INFINITY);
  try {
    await withDeadline((patience.ready + patience.load) * 1000, [watched.stop], async (signal) => {
      await started.ready(signal);
      await watcher.polled(2);
      await subject.load(started.place, signal);
    });
  } catch {
    // what became of it, the group tells
  }
  const { oomKills, readBytes } = watched.end().use;
  if (oomKills > 0) return 'killed';
  if (readBytes <= bounds.readBytes) return 'lived';
  await watcher.polled(3);
  return 'starved';
}
