import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { start } from './crun.ts';
import { areCounted, areMapped, assertCounted, assertFound, limits, pods, position } from './daemonset.ts';
import { type Sidecar, startSidecar } from './sidecar.ts';
import { stage } from './stage.ts';
import { eventually } from './wait.ts';

const staged = stage();
const mib = 1024 ** 2;

test('as a DaemonSet it finds the operators of all pods, whoever runs them, each with its own group and limit, and never its own', async (t) => {
  const memgap = await node(t, 'shipped', {});
  if (memgap === undefined) return;
  assertFound(await eventually(memgap, memgap.metrics, areMapped));

  const [{ target }] = pods;
  assert.ok(!(await memgap.get(`/explain?target=${encodeURIComponent(target)}`)).includes(`limit ${limits.memgap / mib} MiB`));
});

test("with DAC_READ_SEARCH as well and memory reads Go's numbers of every pod, without any endpoint", async (t) => {
  const memgap = await node(t, 'reads', { capabilities: ['CAP_DAC_READ_SEARCH'], flags: ['--process.memory-reads'] });
  if (memgap === undefined) return;
  assertCounted(await eventually(memgap, memgap.metrics, areCounted));
});

/** memgap as the DaemonSet starts it, beside the operators of two pods, and what a test adds. */
async function node(
  t: TestContext,
  name: string,
  { capabilities = [], flags = [] }: { readonly capabilities?: readonly string[]; readonly flags?: readonly string[] },
): Promise<Sidecar | undefined> {
  const on = staged(t);
  if (on === undefined) return undefined;
  const { host, image, operators } = on;
  for (const { user, group } of pods) {
    const running = await start(host, {
      name: `operator-${name}-${user}`,
      root: operators,
      args: ['/manager'],
      uid: user,
      gid: user,
      memoryMib: limits.operator / mib,
      group,
      cgroupNamespace: true,
    });
    t.after(() => running.remove());
  }
  const { mounts, uid, gid } = position;
  for (const path of Object.values(mounts)) mkdirSync(join(image, path), { recursive: true }); // its root is read-only
  const folder = join(host.folder, `config-${name}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'memgap.yml'), position.config);
  const [command, ...args] = position.args;
  assert.equal(command, 'serve');
  const memgap = await startSidecar(
    host,
    {
      name: `memgap-${name}`,
      root: image,
      uid,
      gid,
      capabilities: [...position.capabilities, ...capabilities],
      memoryMib: limits.memgap / mib,
      pidOf: 1, // of the host: hostPID
      folders: { [mounts.config]: folder, [mounts.cgroup]: '/sys/fs/cgroup' },
    },
    [...args, ...flags],
  );
  t.after(() => memgap.remove());
  return memgap;
}
