import { join } from 'node:path';
import { runToEnd } from './crun.ts';
import type { Host } from './host.ts';
import type { Pod } from './pod.ts';
import { entrypoint, environment } from './sidecar.ts';

const usual: readonly string[] = ['--target.exe=manager', '--target.pprof=http://127.0.0.1:6060/debug/pprof'];

type Parts = Readonly<Record<string, number>>;

/** What these tests read of the ledger's JSON. */
export interface LedgerDocument {
  readonly target: { readonly pid: number };
  readonly go: { readonly total: number; readonly components: Parts; readonly unattributed: number };
  readonly rss: { readonly total: number; readonly components: Parts; readonly unattributed: number; readonly kinds: Parts };
  readonly cgroup: { readonly total: number; readonly components: Parts; readonly unattributed: number; readonly limit: number };
}

/**
 * `memgap explain --json` in a container of its own that joins the running operator's pid and network namespaces, with the same uid and
 * gid: what `kubectl debug --target` starts.
 */
export async function explainBeside(host: Host, { manager }: Pick<Pod, 'manager'>, flags = usual): Promise<LedgerDocument> {
  const pid = await manager.pid();
  const { code, stdout, stderr } = await runToEnd(host, {
    name: 'debugger',
    root: join(host.folder, 'image/root'),
    args: [...entrypoint, 'explain', '--json', ...flags],
    env: environment,
    uid: 65532,
    gid: 65532,
    memoryMib: 128,
    pidOf: pid,
    netOf: pid,
  });
  if (code !== 0) throw new Error(`memgap explain: exit code ${code}\n${stdout}\n${stderr}`);
  return JSON.parse(stdout);
}
