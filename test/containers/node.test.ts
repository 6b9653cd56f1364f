import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { parse } from 'yaml';
import type { Metrics } from '../e2e/memgap.ts';
import { start } from './crun.ts';
import { ability, type Host, startHost } from './host.ts';
import { imageRoot, locateOperator, operatorRoot } from './roots.ts';
import { type Sidecar, startSidecar } from './sidecar.ts';
import { eventually } from './wait.ts';

// Node mode in a container, with the position that deploy/kubernetes/overlays/daemonset gives it: the host's processes, root with one capability,
// the host's cgroups by a mount. There is no API server here: names come from the cgroups' paths.

/** What these tests take from the DaemonSet. */
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
const limits = { operator: 200, memgap: 128 };
const pods = [
  { uid: 'a1b2c3d4-0000-4000-8000-00000000000a', container: '1a'.repeat(32), user: 65532 },
  { uid: 'a1b2c3d4-0000-4000-8000-00000000000b', container: '1b'.repeat(32), user: 1000 },
] as const;
const names = pods.map(({ uid, container }) => `pod-${uid}/${container.slice(0, 12)}`);

const able = ability();
const operator = locateOperator();
let host: Host;
let image: string;
let operators: string;

before(async () => {
  if (!able.ok || !operator.ok) return;
  host = await startHost();
  image = await imageRoot(join(host.folder, 'image'));
  for (const path of ['host/sys/fs/cgroup', 'etc/memgap']) mkdirSync(join(image, path), { recursive: true }); // the root is read-only
  operators = operatorRoot(join(host.folder, 'operator'), operator.value);
});
after(() => host?.stop());

test('as a DaemonSet it finds the operators of all pods, whoever runs them, each with its own group and limit, and never its own', async (t) => {
  const memgap = await node(t, 'shipped', {});
  if (memgap === undefined) return;
  const page = await settled(memgap, (metrics, target) => metrics.value('memgap_rss_mapped_bytes', { target }) !== undefined);

  assert.deepEqual(Object.keys(page.by('memgap_target_up', 'target')).sort(), [...names].sort());
  for (const target of names) {
    assert.equal(page.value('memgap_cgroup_limit_bytes', { target }), limits.operator * mib);
    assert.ok((page.value('memgap_cgroup_levels_visible', { target }) ?? 0) >= 3, 'the levels above the container are seen as well');
    const { anon = 0 } = page.by('memgap_cgroup_memory_bytes', 'component', { target });
    const { anon: own = 0 } = page.by('memgap_rss_kind_bytes', 'kind', { target });
    assert.ok(Math.abs(anon - own) <= 2 * mib, `${anon} in the group, ${own} in the process`);
    assert.deepEqual(
      ['smaps', 'cgroup', 'exe'].map((source) => page.value('memgap_source_up', { target, source })),
      [1, 1, 1],
    );
    assert.equal(page.value('memgap_go_sys_bytes', { target }), undefined, 'no endpoint is named in its rules');
  }
  assert.ok(!(await memgap.get(`/explain?target=${encodeURIComponent(names[0] ?? '')}`)).includes(`limit ${limits.memgap} MiB`));
});

test("with DAC_READ_SEARCH as well and memory reads Go's numbers of every pod, without any endpoint", async (t) => {
  const memgap = await node(t, 'reads', { capabilities: ['DAC_READ_SEARCH'], flags: ['--process.memory-reads'] });
  if (memgap === undefined) return;
  const page = await settled(memgap, (metrics, target) => metrics.value('memgap_go_sys_bytes', { target }) !== undefined);

  for (const target of names) {
    assert.equal(page.value('memgap_book_source_info', { target, book: 'go', source: 'runtime_memory' }), 1);
    const { go_arenas = 0, go_metadata = 0 } = page.by('memgap_rss_component_bytes', 'component', { target });
    const used = page.value('memgap_go_used_bytes', { target }) ?? Number.NaN;
    assert.ok(go_arenas > mib / 4 && go_arenas + go_metadata <= used, `${go_arenas} and ${go_metadata} are resident of ${used}`);
  }
});

/** memgap as the DaemonSet starts it, beside the operators of two pods, and what a test adds. */
async function node(
  t: TestContext,
  name: string,
  { capabilities = [], flags = [] }: { readonly capabilities?: readonly string[]; readonly flags?: readonly string[] },
): Promise<Sidecar | undefined> {
  if (!able.ok) return skip(t, able.detail);
  if (!operator.ok) return skip(t, operator.detail);
  for (const { uid, container, user } of pods) {
    const running = await start(host, {
      name: `operator-${name}-${user}`,
      root: operators,
      args: ['/manager'],
      uid: user,
      gid: user,
      memoryMib: limits.operator,
      group: `/kubepods/burstable/pod${uid}/${container}`,
      cgroupNamespace: true,
    });
    t.after(() => running.remove());
  }
  const folder = join(host.folder, `config-${name}`);
  mkdirSync(folder);
  const rules = { poll_interval: '1s', discovery: { rules: discovery.rules, interval: '1s' } };
  writeFileSync(join(folder, 'memgap.yml'), JSON.stringify(rules)); // YAML as well
  const at = (volume: string) => shipped.volumeMounts.find((mount) => mount.name === volume)?.mountPath ?? '';
  const { runAsUser, runAsGroup, capabilities: held } = shipped.securityContext;
  const [command, ...args] = shipped.args;
  assert.equal(command, 'serve');
  const memgap = await startSidecar(
    host,
    {
      name: `memgap-${name}`,
      root: image,
      uid: runAsUser,
      gid: runAsGroup,
      capabilities: [...held.add, ...capabilities].map((each) => `CAP_${each}`),
      memoryMib: limits.memgap,
      pidOf: 1, // of the host: hostPID
      folders: { [at('config')]: folder, [at('cgroup')]: '/sys/fs/cgroup' },
    },
    [...args, ...flags],
  );
  t.after(() => memgap.remove());
  return memgap;
}

/** A page on which both operators are known as far as it takes. */
function settled(memgap: Sidecar, isKnown: (metrics: Metrics, target: string) => boolean): Promise<Metrics> {
  return eventually(
    memgap,
    () => memgap.metrics(),
    (metrics) => names.every((target) => isKnown(metrics, target)),
  );
}

function skip(t: TestContext, reason: string): undefined {
  t.skip(reason);
}
