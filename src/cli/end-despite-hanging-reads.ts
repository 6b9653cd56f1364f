import { hangingReads } from '../kernel/memory/locked-file.ts';
import type { Io } from './io.ts';

/**
 * A thread that waits for a target's mmap lock would keep node from ending for as long as the target likes; only SIGKILL ends that wait.
 */
export async function endDespiteHangingReads({ err }: Io): Promise<void> {
  if (hangingReads() === 0) return;
  err('memgap: it ends by SIGKILL, for a read of /proc still waits for the mmap lock of a process\n');
  for (const stream of [process.stdout, process.stderr]) await new Promise((resolve) => stream.write('', resolve));
  process.kill(process.pid, 'SIGKILL');
}
