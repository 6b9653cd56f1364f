import { readFileSync } from 'node:fs';
import type { Keep } from './main.ts';
import { mib, nonroot, withPod } from './pod.ts';

/** Shapes of the lab that hold memory in ways of their own; what is made is let go of before the next. */
const steps = [
  'locked-file',
  'secret',
  'dirty-file',
  'private-file',
  'private-memfd',
  'memfd-twice',
  'jit',
  'packet-ring-twice',
  'bpf-array',
  'bpf-ringbuf',
  'io-uring',
  'io-uring-buffers',
  'pipes',
  'perf-rings',
] as const;

/** What a program locks, pins, copies and maps of the kernel's, by an operator that may do all of it. */
export async function held(keep: Keep): Promise<void> {
  await withPod('held', async (pod) => {
    const capabilities = ['CAP_NET_RAW', 'CAP_NET_ADMIN', 'CAP_BPF', 'CAP_PERFMON', 'CAP_SYS_ADMIN', 'CAP_IPC_LOCK'];
    const identity = { ...nonroot, uid: 0, gid: 0, capabilities };
    const operator = await pod.operator({ id: 'operator', lab: 'go-newest', port: 6096, limit: 512 * mib, identity });
    const watcher = { identity: { ...identity, capabilities: [...capabilities, 'CAP_SYS_PTRACE'] }, shared: true };
    const url = `http://127.0.0.1:${operator.port}/debug/pprof`;
    const args = ['explain', url, '--target.pid', String(operator.ownPid), '--json', '--poll.timeout', '15s'];
    for (const name of steps) {
      const truth = await operator.ask(`/shape/${name}?mib=32`).then(JSON.parse, (error: Error) => ({ refused: error.message }));
      const { stdout } = await pod.memgap(name, args, watcher); // one that walks the mappings now
      const stat = readFileSync(`${operator.group}/memory.stat`, 'utf8');
      keep(`held/${name}.json`, { truth, ledger: JSON.parse(stdout), files: { 'memory.stat': stat } });
      await operator.ask('/shape/undo');
    }
  });
}
