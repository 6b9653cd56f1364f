import { withDeadline } from '../../src/deadline.ts';
import type { Installation } from '../memgap.ts';
import { withRunning } from '../running.ts';
import { type Advice, explain, startWatcher } from './ask-memgap.ts';
import type { Prepared } from './prepare.ts';
import { withProbe } from './probe-beside.ts';
import { start } from './start.ts';

/** Under which a program is looked at: it constrains none of them. */
const roomy = 1024 ** 3;
const polls = 10;

/**
 * Starts a subject, puts its load on it, and asks memgap: by one look when the load is over, and by a watcher that saw it all and polled
 * ten times more.
 */
export async function observe(prepared: Prepared, installation: Installation): Promise<{ readonly look: Advice; readonly polls: Advice }> {
  const { name, load, paidElsewhere = false } = prepared.subject;
  return withRunning(async (keep) => {
    const started = keep(await start(prepared, { limit: roomy }, { warm: paidElsewhere }));
    return withProbe(prepared, started, async () => {
      await withDeadline(60_000, [], (signal) => started.ready(signal));
      const flags = ['--target.name', name, '--target.pprof', started.launch.pprof, '--target.pid', String(started.child.pid)];
      const watcher = keep(await startWatcher(installation, name, flags));
      await withDeadline(120_000, [], (signal) => load(started.place, signal));
      const look = await explain(installation, flags);
      await watcher.polled(polls);
      return { look, polls: await watcher.advice() };
    });
  });
}
