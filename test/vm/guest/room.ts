import { readFileSync } from 'node:fs';
import type { Keep } from './main.ts';
import { mib, nonroot, withPod } from './pod.ts';

/**
 * Page cache that can and that can't be taken back (test/lab/room.go), each in a container of its own, which is filled until the kernel
 * kills.
 */
const shapes = ['cache-clean', 'cache-locked', 'cache-secret', 'cache-sent', 'cache-pipes'] as const;

const limit = 160 * mib;

/** The room that memgap tells, and what could be had. */
export async function room(keep: Keep): Promise<void> {
  const identity = { ...nonroot, uid: 0, gid: 0, capabilities: ['CAP_IPC_LOCK', 'CAP_SYS_RESOURCE'] };
  for (const [index, shape] of shapes.entries()) {
    await withPod(`room-${shape}`, async (pod) => {
      const operator = await pod.operator({ id: 'operator', lab: 'go-newest', port: 6130 + index, limit, identity });
      const watcher = { identity: { ...identity, capabilities: [...identity.capabilities, 'CAP_SYS_PTRACE'] }, shared: true };
      const truth = await operator.ask(`/shape/${shape}?mib=64`).then(JSON.parse, (error: Error) => ({ refused: error.message }));
      const url = `http://127.0.0.1:${operator.port}/debug/pprof`;
      const args = ['explain', url, '--target.pid', String(operator.ownPid), '--json', '--poll.timeout', '15s'];
      const { stdout } = await pod.memgap('explain', args, watcher);
      const stat = readFileSync(`${operator.group}/memory.stat`, 'utf8');
      await operator.ask('/eat').catch(() => undefined);
      await operator.end;
      const had = Number([...operator.output().matchAll(/^ate (\d+)$/gm)].at(-1)?.[1]) * mib;
      keep(`room/${shape}.json`, { truth, ledger: JSON.parse(stdout), had, files: { 'memory.stat': stat } });
    });
  }
}
