import type { TargetConfig } from '../config/config.ts';
import { withDeadline } from '../deadline.ts';
import { createWatch, type Poll } from '../sampler/watch.ts';
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
    return await withDeadline(timeout, sources, watch.poll);
  } finally {
    await watch.close();
  }
}
