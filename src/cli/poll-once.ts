import { setTimeout as sleep } from 'node:timers/promises';
import { type Ledger, ledgerOf as ledgerOfSnapshot } from '../books/ledger.ts';
import { withDeadline } from '../deadline.ts';
import type { TargetConfig } from '../model/target.ts';
import type { Poll } from '../poll/poll.ts';
import { createWatch, type Watch } from '../poll/watch.ts';
import { printableLines } from '../untrusted.ts';
import type { Arguments } from './arguments.ts';
import { kernelPaths } from './configure.ts';
import type { Io } from './io.ts';

/** One poll of a target, as `serve` would make it; never longer than `timeout` milliseconds, or than until one of `sources` aborts. */
export async function pollOnce(
  target: TargetConfig,
  timeout: number,
  args: Arguments,
  io: Io,
  sources: readonly AbortSignal[] = [],
): Promise<Poll> {
  return withWatch(target, args, io, (watch) => withDeadline(timeout, sources, watch.poll));
}

const pauseMilliseconds = 2000;

/** One look at a target, and another two seconds later where the first leaves a question of time: `isOpen`. The last is the newest. */
export async function lookOnceOrTwice(
  target: TargetConfig,
  timeout: number,
  args: Arguments,
  io: Io,
  isOpen: (first: Ledger) => boolean,
): Promise<readonly [Ledger, ...Ledger[]]> {
  return withWatch(target, args, io, async (watch) => {
    const first = ledgerOf(await withDeadline(timeout, [], watch.poll));
    if (!isOpen(first)) return [first];
    await sleep(pauseMilliseconds);
    const second = ledgerOf(await withDeadline(timeout, [], watch.poll));
    return second.go.ok || second.rss.ok ? [first, second] : [first]; // it may have ended meanwhile, and the first look still stands
  });
}

function ledgerOf({ snapshot, mapped }: Poll): Ledger {
  return ledgerOfSnapshot(snapshot, mapped);
}

/** Watches a target for as long as `use` takes. */
export async function withWatch<T>(target: TargetConfig, args: Arguments, io: Io, use: (watch: Watch) => Promise<T>): Promise<T> {
  const watch = createWatch(target, {
    paths: kernelPaths(args),
    memoryReads: args.flag('process.memory-reads'),
    environ: !args.flag('process.no-environ'),
    onBug: (error, source) =>
      io.err(
        `bug in memgap's source ${source}: ${printableLines(error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`,
      ),
  });
  try {
    return await use(watch);
  } finally {
    await watch.close();
  }
}
