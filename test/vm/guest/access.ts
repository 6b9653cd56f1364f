import { chmodSync, copyFileSync, readFileSync } from 'node:fs';
import type { Identity } from './container.ts';
import type { Keep } from './main.ts';
import { limits, mib, nonroot, type Operator, withPod } from './pod.ts';

const row = { identity: nonroot, shared: true, operator: 'plain' };

/** Who looks at which operator of 65532:65532, and whether it shares the pid namespace. */
const rows: Readonly<Record<string, typeof row & { readonly identity: Identity }>> = {
  'same-ids': row,
  'other-gid': { ...row, identity: { uid: 65532, gid: 1000 } },
  'other-uid': { ...row, identity: { uid: 65534, gid: 65532 } },
  'sys-ptrace': { ...row, identity: { uid: 0, gid: 0, capabilities: ['CAP_SYS_PTRACE'] } },
  'not-dumpable': { ...row, operator: 'unreadable' },
  'no-shared-namespace': { ...row, shared: false },
};

/** The access table: how much of the operator memgap reads, by who it is. */
export async function access(keep: Keep): Promise<void> {
  await withPod('access', async (pod) => {
    copyFileSync('/images/go-newest/lab', '/images/go-newest/lab-0111');
    chmodSync('/images/go-newest/lab-0111', 0o111);
    const operators: Record<string, Operator> = {
      plain: await pod.operator({ id: 'plain', lab: 'go-newest', port: 6060, limit: 256 * mib }),
      // the kernel makes a process that runs a file which it may not read not dumpable, as prctl(PR_SET_DUMPABLE, 0) would
      unreadable: await pod.operator({ id: 'unreadable', lab: 'go-newest', port: 6061, limit: 224 * mib, program: 'lab-0111' }),
    };
    for (const [name, { identity, shared, operator }] of Object.entries(rows)) {
      const { port, ownPid, group } = operators[operator] ?? neverHere();
      const process = shared ? ['--target.pid', String(ownPid)] : [];
      const before = Number(readFileSync(`${group}/memory.current`, 'utf8'));
      const explained = await pod.memgap(
        name,
        ['explain', `http://127.0.0.1:${port}/debug/pprof`, ...process, '--json', '--poll.timeout', '15s'],
        {
          identity,
          shared,
        },
      );
      const after = Number(readFileSync(`${group}/memory.current`, 'utf8'));
      const limit = Number(readFileSync(`${group}/memory.max`, 'utf8'));
      keep(`access/${name}.json`, { ...explained, pid: ownPid, usage: { before, after }, limit, memgapLimit: limits.memgap });
    }
  });
}

function neverHere(): never {
  throw new Error('a row names an operator that there is not');
}
