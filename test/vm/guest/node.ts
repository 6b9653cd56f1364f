import { copyFileSync, readFileSync } from 'node:fs';
import { follow } from './look.ts';
import type { Keep } from './main.ts';
import { limits as podLimits, withPod } from './pod.ts';

/** What outside of the machine test/containers/daemonset.ts knows: what the DaemonSet is, and beside whom it is put. */
interface Plan {
  readonly position: {
    readonly args: readonly string[];
    readonly uid: number;
    readonly gid: number;
    readonly capabilities: readonly string[];
    readonly mounts: { readonly config: string; readonly cgroup: string };
    readonly config: string;
  };
  readonly pods: ReadonlyArray<{ readonly user: number; readonly group: string; readonly target: string }>;
  readonly limits: { readonly operator: number };
}

/** Beside what the DaemonSet has: nothing, and what memory reads take. */
const rounds = {
  shipped: { capabilities: [], flags: [], knows: 'memgap_rss_mapped_bytes' },
  reads: { capabilities: ['CAP_DAC_READ_SEARCH'], flags: ['--process.memory-reads'], knows: 'memgap_go_sys_bytes' },
} as const;

/** One memgap for two pods of two users, in a cgroup namespace of its own: it sees theirs by the mount alone. */
export async function node(keep: Keep): Promise<void> {
  const { position, pods, limits }: Plan = JSON.parse(readFileSync('/job/daemonset.json', 'utf8'));
  const [first, second] = pods;
  if (first === undefined || second === undefined) throw new Error('the plan has two pods');
  copyFileSync('/images/go-newest/lab', '/images/go-newest/manager'); // the name that the shipped rules know
  await withPod('node-a', (a) =>
    withPod('node-b', async (b) => {
      const spec = { id: 'manager', lab: 'go-newest', program: 'manager', limit: limits.operator } as const;
      await a.operator({ ...spec, port: 6120, identity: { uid: first.user, gid: first.user }, cgroup: first.group });
      await b.operator({ ...spec, port: 6121, identity: { uid: second.user, gid: second.user }, cgroup: second.group });
      for (const [index, [name, { capabilities, flags, knows }]] of Object.entries(rounds).entries()) {
        const serve = await a.serve(name, 9820 + index, slower(position.config), {
          identity: { uid: position.uid, gid: position.gid, capabilities: [...position.capabilities, ...capabilities] },
          args: [...position.args, ...flags],
          config: position.mounts.config,
          folders: { [position.mounts.cgroup]: { source: '/sys/fs/cgroup' } },
          joins: 1, // of the machine: hostPID
        });
        const pages = await follow(serve, (text) => pods.every(({ target }) => text.includes(`\n${knows}{target="${target}"`)));
        const explained = await serve.get(`/explain?target=${encodeURIComponent(first.target)}`);
        const documents = await Promise.all(pods.map(({ target }) => serve.get(`/api/v1/ledger?target=${encodeURIComponent(target)}`)));
        keep(`node/${name}.json`, {
          page: pages.at(-1)?.text,
          explained,
          documents: documents.map((text) => JSON.parse(text)),
          memgapLimit: podLimits.memgap,
        });
        await serve.kill();
      }
    }),
  );
}

/** An emulated machine takes more than the second of a poll to scan a program's data. */
function slower(config: string): string {
  return config.replace('poll_interval: 1s', 'poll_interval: 5s');
}
