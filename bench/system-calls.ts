import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether strace(1) can count here. */
export function hasStrace(): boolean {
  return spawnSync('strace', ['-V'], { stdio: 'ignore' }).status === 0;
}

/**
 * System calls of a process and its threads in some seconds, without those by which threads wake each other; a count that no other work on
 * the machine moves.
 */
export async function systemCallsOf(pid: number, seconds: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-strace-'));
  try {
    const file = join(folder, 'counts');
    const strace = spawn('strace', ['-f', '-c', '-U', 'calls,name', '-o', file, '-p', String(pid)], { stdio: 'ignore' });
    const ended = once(strace, 'exit');
    const timer = setTimeout(() => strace.kill('SIGINT'), seconds * 1000);
    await ended;
    clearTimeout(timer);
    const lines = [...readFileSync(file, 'utf8').matchAll(/^ *(\d+) +(\w+)$/gm)];
    const calls = lines.filter(([, , name]) => name !== 'total' && name !== 'futex').map(([, count]) => Number(count));
    return calls.length === 0 ? Number.NaN : calls.reduce((sum, count) => sum + count, 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
