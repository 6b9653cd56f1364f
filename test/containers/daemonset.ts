import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Metrics } from '../e2e/memgap.ts';

// memgap in the position that deploy/kubernetes/overlays/daemonset gives it, beside the operators of two pods: the same on cgroup v1, by
// crun here, and on v2, in the virtual machine. There is no API server in either: names come from the cgroups' paths.

interface Shipped {
  readonly args: readonly string[];
  readonly securityContext: {
    readonly runAsUser: number;
    readonly runAsGroup: number;
    readonly capabilities: { readonly add: readonly string[] };
  };
  readonly volumeMounts: ReadonlyArray<{ readonly name: string; readonly mountPath: string }>;
}

const overlay = join(import.meta.dirname, '../../deploy/kubernetes/overlays/daemonset');
const shipped: Shipped = parse(readFileSync(join(overlay, 'daemonset.yaml'), 'utf8')).spec.template.spec.containers[0];
const { discovery } = parse(readFileSync(join(overlay, 'memgap.yml'), 'utf8'));
const mib = 1024 ** 2;

/** What memgap is started with. */
export const position = {
  args: shipped.args,
  uid: shipped.securityContext.runAsUser,
  gid: shipped.securityContext.runAsGroup,
  capabilities: shipped.securityContext.capabilities.add.map((name) => `CAP_${name}`),
  /** Where it sees the folder of its memgap.yml, and the machine's cgroups. */
  mounts: { config: mountOf('config'), cgroup: mountOf('cgroup') },
  /** Its memgap.yml: the shipped rules, asked every second. */
  config: stringify({ poll_interval: '1s', discovery: { rules: discovery.rules, interval: '1s' } }),
} as const;

/** Two containers, `manager` each, by whom they are run and where a kubelet that uses cgroupfs puts them. */
export const pods = [
  pod('a1b2c3d4-0000-4000-8000-00000000000a', '1a'.repeat(32), 65532),
  pod('a1b2c3d4-0000-4000-8000-00000000000b', '1b'.repeat(32), 1000),
] as const;

/** memory limits, in bytes: they tell whose group it is. */
export const limits = { operator: 200 * mib, memgap: 128 * mib };

/** Whether the page knows all operators, each with its mappings. */
export function areMapped(page: Metrics): boolean {
  return pods.every(({ target }) => page.value('memgap_rss_mapped_bytes', { target }) !== undefined);
}

/** Whether it has Go's numbers of all of them. */
export function areCounted(page: Metrics): boolean {
  return pods.every(({ target }) => page.value('memgap_go_sys_bytes', { target }) !== undefined);
}

/** Each operator is there with its own group and limit, nothing else is, and what no rule names an endpoint for is not made up. */
export function assertFound(page: Metrics): void {
  assert.deepEqual(Object.keys(page.by('memgap_target_up', 'target')).sort(), pods.map(({ target }) => target).sort());
  for (const { target } of pods) {
    assert.equal(page.value('memgap_cgroup_limit_bytes', { target }), limits.operator);
    assert.ok((page.value('memgap_cgroup_levels_visible', { target }) ?? 0) >= 3, 'the levels above the container are seen as well');
    const { anon = 0 } = page.by('memgap_cgroup_memory_bytes', 'component', { target });
    const { anon: own = 0 } = page.by('memgap_rss_kind_bytes', 'kind', { target });
    assert.ok(own > 0 && Math.abs(anon - own) <= 2 * mib, `${anon} in the group, ${own} in the process`);
    assert.deepEqual(
      ['smaps', 'cgroup', 'exe'].map((source) => page.value('memgap_source_up', { target, source })),
      [1, 1, 1],
    );
    assert.equal(page.value('memgap_go_sys_bytes', { target }), undefined, 'no endpoint is named in its rules');
  }
}

/** With `--process.memory-reads` and the capability for it (DAC_READ_SEARCH), Go's numbers come out of the process itself. */
export function assertCounted(page: Metrics): void {
  for (const { target } of pods) {
    assert.equal(page.value('memgap_book_source_info', { target, book: 'go', source: 'runtime_memory' }), 1);
    const { go_arenas = 0, go_metadata = 0 } = page.by('memgap_rss_component_bytes', 'component', { target });
    const used = page.value('memgap_go_used_bytes', { target }) ?? Number.NaN;
    assert.ok(go_arenas > mib / 4 && go_arenas + go_metadata <= used, `${go_arenas} and ${go_metadata} are resident of ${used}`);
  }
}

function pod(uid: string, container: string, user: number) {
  return { user, group: `/kubepods/burstable/pod${uid}/${container}`, target: `pod-${uid}/${container.slice(0, 12)}` } as const;
}

function mountOf(volume: string): string {
  const mount = shipped.volumeMounts.find(({ name }) => name === volume);
  assert.ok(mount !== undefined, `the DaemonSet mounts ${volume}`);
  return mount.mountPath;
}
