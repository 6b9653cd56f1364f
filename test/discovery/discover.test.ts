import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { createDiscovery, type Discovery } from '../../src/discovery/discover.ts';
import type { DiscoveryConfig, DiscoveryRule } from '../../src/model/config.ts';
import type { Discovered } from '../../src/model/discovery.ts';
import type { TargetConfig } from '../../src/model/target.ts';
import { bytes } from '../../src/model/units.ts';
import { makeGroup, type TestGroup } from '../kernel/cgroup/groups.ts';
import { folder, here, start, startNamed, until } from '../kernel/process/processes.ts';
import type { Lab } from '../programs.ts';
import { goProgram } from './go-programs.ts';
import { startApi } from './kubernetes/api-server.ts';

const uid = '5c3f9a1e-7b2d-4e6f-8a90-1b2c3d4e5f60';

function discovery(t: TestContext, config: Partial<DiscoveryConfig> & Pick<DiscoveryConfig, 'rules'>, now?: () => number): Discovery {
  const made = createDiscovery({ interval: 1000, maxTargets: 100, ...config }, here, {}, now);
  t.after(() => made.close());
  return made;
}

async function look(discovery: Discovery, taken: readonly string[] = []): Promise<Discovered> {
  const looked = await discovery.scan(new Set(taken), AbortSignal.timeout(60_000));
  assert.ok(looked.ok, JSON.stringify(looked));
  return looked.value;
}

function pidsOf(targets: readonly TargetConfig[]): Readonly<Record<string, number | undefined>> {
  return Object.fromEntries(targets.map(({ name, process }) => [name, process?.by === 'pid' ? process.pid : undefined]));
}

function portOf({ address }: Lab): number {
  return Number(address.split(':').at(-1));
}

function rule(given: Partial<DiscoveryRule>): DiscoveryRule {
  return { go: {}, ...given };
}

function at(port: number, path = '/debug/pprof') {
  return { scheme: 'http', port, path, bodySizeLimit: bytes(1024) } as const;
}

/** A group whose path below the test's own is one of Kubernetes. */
function podGroup(t: TestContext, top: TestGroup, podUid: string, containerId: string): TestGroup {
  const parts = ['kubepods.slice', 'kubepods-burstable.slice', `kubepods-burstable-pod${podUid.replaceAll('-', '_')}.slice`];
  let group = top;
  for (const part of [...parts, `cri-containerd-${containerId}.scope`]) {
    const directory = join(group.directory, part);
    if (!existsSync(directory)) group = below(t, group, part);
    else group = { directory, path: `${group.path}/${part}`, add: group.add };
  }
  return group;
}

function below(t: TestContext, parent: TestGroup, name: string): TestGroup {
  const made = makeGroup(t, name, parent);
  assert.ok(made.ok, JSON.stringify(made));
  return made.value;
}

test('Go programs that a rule means are found, others and what is no Go program are not', async (t) => {
  const program = goProgram(t);
  if (!program.ok) return t.skip(program.detail);
  const [first, second] = [await program.value.start(), await program.value.start()];
  const noGo = await startNamed(t, `${program.value.name}-no-go`);
  const finding = discovery(t, { rules: [rule({ exe: `${program.value.name}*` })] });

  const { targets, seen, leftOut } = await look(finding);
  const { name } = program.value;
  assert.deepEqual(pidsOf(targets), { [name]: first.pid, [`${name}-2`]: second.pid });
  assert.ok(seen > 3 && leftOut === 0 && noGo.pid > 0);
  assert.deepEqual(
    targets.map(({ go, labels }) => [go, labels]),
    [
      [{}, undefined],
      [{}, undefined],
    ],
  );
  assert.deepEqual((await look(discovery(t, { rules: [rule({ exe: program.value.path })] }))).targets.length, 2);
  assert.deepEqual((await look(discovery(t, { rules: [rule({ exe: `${name}?` })] }))).targets, []);
});

test('what comes, goes and is restarted is seen at the next look; a restart takes the name', async (t) => {
  const program = goProgram(t);
  if (!program.ok) return t.skip(program.detail);
  const { name } = program.value;
  const finding = discovery(t, { rules: [rule({ exe: name })] });
  assert.deepEqual((await look(finding)).targets, []);
  const first = await program.value.start();
  const second = await program.value.start();
  assert.deepEqual(pidsOf((await look(finding)).targets), { [name]: first.pid, [`${name}-2`]: second.pid });
  await first.stop();
  assert.deepEqual(pidsOf((await look(finding)).targets), { [`${name}-2`]: second.pid });
  const third = await program.value.start();
  assert.deepEqual(pidsOf((await look(finding)).targets), { [name]: third.pid, [`${name}-2`]: second.pid });
  assert.deepEqual(pidsOf((await look(finding, [name])).targets), { [`${name}-3`]: third.pid, [`${name}-2`]: second.pid });
});

test('a shell that becomes the program by exec is found when it is the program', async (t) => {
  const program = goProgram(t);
  if (!program.ok) return t.skip(program.detail);
  const { name, path } = program.value;
  const shell = join(folder(t), `${name}-sh`);
  copyFileSync('/bin/sh', shell);
  const go = join(folder(t), 'go');
  const pid = await start(t, shell, ['-c', `while [ ! -e '${go}' ]; do sleep 0.05; done; exec '${path}' < /dev/zero`]);
  const finding = discovery(t, { rules: [rule({ exe: `${name}*` })] });
  assert.deepEqual((await look(finding)).targets, []);
  copyFileSync('/dev/null', go);
  await until(() => readlinkSync(`/proc/${pid}/exe`) === path);
  assert.deepEqual(pidsOf((await look(finding)).targets), { [name]: pid });
});

test('by port: the process that itself listens there, and its endpoints only while it does', async (t) => {
  const program = goProgram(t);
  if (!program.ok) return t.skip(program.detail);
  const { name } = program.value;
  const [first, second] = [await program.value.start(), await program.value.start('0.0.0.0:0')];
  const finding = discovery(t, {
    rules: [
      rule({ exe: name, port: portOf(first), go: { pprof: at(portOf(first)), expvar: at(portOf(second), '/debug/vars') } }),
      rule({ exe: name, go: { expvar: at(portOf(second), '/debug/vars'), metrics: at(portOf(first)) } }),
    ],
  });

  const { targets } = await look(finding);
  assert.deepEqual(
    targets.map(({ go }) => Object.entries(go).map(([source, { url }]) => `${source} ${url}`)),
    [[`pprof http://127.0.0.1:${portOf(first)}/debug/pprof`], [`expvar http://127.0.0.1:${portOf(second)}/debug/vars`]],
  );
  assert.deepEqual((await look(finding)).targets, targets, 'the same at the next look');
});

test('in a network namespace of its own: by the address of the pod, and not where it listens on its loopback', async (t) => {
  const program = goProgram(t);
  if (!program.ok) return t.skip(program.detail);
  if (!existsSync('/usr/bin/unshare')) return t.skip('needs unshare of util-linux');
  const api = await startApi(t);
  if (!api.ok) return t.skip(api.detail);
  const top = makeGroup(t, 'netns');
  if (!top.ok) return t.skip(top.detail);
  const { name, path } = program.value;
  const id = 'ab'.repeat(32);
  const group = podGroup(t, top.value, uid, id);
  const script = `exec unshare --net sh -c 'ip link set lo up 2>/dev/null; exec "$0" -listen "$1" < /dev/zero' '${path}'`;
  const pids = [];
  for (const address of ['0.0.0.0:6060', '127.0.0.1:6060']) pids.push(await start(t, '/bin/sh', ['-c', `${script} ${address}`]));
  for (const pid of pids) {
    await until(() => readlinkSync(`/proc/${pid}/exe`) === path);
    group.add(pid);
  }
  api.value.pods = [{ namespace: 'shop', name: 'operator-0', uid, ip: '10.9.8.7', containers: { manager: id } }];
  const finding = discovery(t, {
    rules: [rule({ exe: name, port: 6060, go: { pprof: at(6060) } })],
    kubernetes: { nodeName: 'worker-1', api: api.value.endpoint },
  });

  let targets: readonly TargetConfig[] = [];
  for (const end = Date.now() + 60_000; targets.length < 2 && Date.now() < end; ) {
    ({ targets } = await look(finding)); // the second may not listen yet
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const byPid = new Map(targets.map(({ process, go }) => [process?.by === 'pid' ? process.pid : 0, go.pprof?.url]));
  assert.deepEqual([byPid.get(pids[0] ?? 0), byPid.get(pids[1] ?? 0)], ['http://10.9.8.7:6060/debug/pprof', undefined]);
});

test('by cgroup, in groups as Kubernetes names them: pod and container, with names while the API server answers', async (t) => {
  const program = goProgram(t);
  if (!program.ok) return t.skip(program.detail);
  const api = await startApi(t);
  if (!api.ok) return t.skip(api.detail);
  const top = makeGroup(t, 'node');
  if (!top.ok) return t.skip(top.detail);
  const [id, otherId] = ['0a'.repeat(32), '0b'.repeat(32)] as const;
  const otherUid = uid.replace('5c', '6d');
  const [manager, stranger] = [await program.value.start(), await program.value.start()];
  podGroup(t, top.value, uid, id).add(manager.pid);
  podGroup(t, top.value, otherUid, otherId).add(stranger.pid);
  let now = 0;
  const config = {
    rules: [rule({ exe: program.value.name, cgroup: 'kubepods*' })],
    kubernetes: { nodeName: 'worker-1', api: api.value.endpoint },
  };
  const finding = discovery(t, config, () => now);

  api.value.answer = (_, response) => response.writeHead(503).end();
  const without = await look(finding);
  assert.deepEqual(pidsOf(without.targets), {
    [`pod-${uid}/${id.slice(0, 12)}`]: manager.pid,
    [`pod-${otherUid}/${otherId.slice(0, 12)}`]: stranger.pid,
  });
  assert.deepEqual([without.api?.last?.ok, without.api?.errors.get('unreachable')], [false, 1]);

  api.value.answer = undefined;
  api.value.pods = [{ namespace: 'shop', name: 'operator-0', uid, containers: { manager: id } }];
  now += 60;
  const { targets } = await look(finding);
  assert.deepEqual(pidsOf(targets), { 'shop/operator-0/manager': manager.pid, [`pod-${otherUid}/${otherId.slice(0, 12)}`]: stranger.pid });
  assert.deepEqual(
    targets.map(({ labels }) => labels),
    [{ namespace: 'shop', pod: 'operator-0', container: 'manager' }, undefined],
  );

  api.value.answer = (_, response) => response.writeHead(403).end();
  now += 600;
  assert.deepEqual((await look(finding)).targets, targets, 'the last names known stay');
});

test('a new container waits for its name while the API server answers, for its series would change theirs', async (t) => {
  const program = goProgram(t);
  if (!program.ok) return t.skip(program.detail);
  const api = await startApi(t);
  if (!api.ok) return t.skip(api.detail);
  const top = makeGroup(t, 'new');
  if (!top.ok) return t.skip(top.detail);
  const id = '0c'.repeat(32);
  const { pid } = await program.value.start();
  podGroup(t, top.value, uid, id).add(pid);
  let now = 0;
  const kubernetes = { nodeName: 'worker-1', api: api.value.endpoint };
  const finding = discovery(t, { rules: [rule({ exe: program.value.name })], kubernetes }, () => now);

  assert.deepEqual((await look(finding)).targets, []);
  api.value.pods = [{ namespace: 'shop', name: 'operator-0', uid, containers: { manager: id } }];
  now += 15;
  assert.deepEqual(pidsOf((await look(finding)).targets), { 'shop/operator-0/manager': pid });
});

test('more processes than max_targets: the first ones are watched and stay, the others are counted', async (t) => {
  const program = goProgram(t);
  if (!program.ok) return t.skip(program.detail);
  const { name } = program.value;
  const labs = [await program.value.start(), await program.value.start(), await program.value.start()];
  const finding = discovery(t, { rules: [rule({ exe: name })], maxTargets: 2 });

  const { targets, leftOut } = await look(finding);
  assert.deepEqual([targets.length, leftOut], [2, 1]);
  await labs[0]?.stop();
  const next = await look(finding);
  assert.deepEqual([pidsOf(next.targets), next.leftOut], [{ [`${name}-2`]: labs[1]?.pid, [name]: labs[2]?.pid }, 0]);
});

test('hostile names of programs are printable in the names of targets', async (t) => {
  const program = goProgram(t, 'mg\x1b[31m\u202e');
  if (!program.ok) return t.skip(program.detail);
  await program.value.start();

  const [target] = (await look(discovery(t, { rules: [rule({ exe: program.value.name })] }))).targets;
  assert.match(target?.name ?? '', /^mg\\x1b\[31m\\u202e-\d+-\d+$/);
});

test('without rights to other processes nothing of theirs is found, and how many is told', async (t) => {
  const program = goProgram(t);
  if (!program.ok) return t.skip(program.detail);
  if (process.getuid?.() !== 0) return t.skip('needs root, to give up its rights');
  await program.value.start();
  const source = JSON.stringify(join(import.meta.dirname, '../../src/discovery/discover.ts'));
  const config = JSON.stringify({ interval: 1000, maxTargets: 9, rules: [rule({ exe: program.value.name })] });
  const code = `
    import { createDiscovery } from ${source};
    const looked = await createDiscovery(${config}, ${JSON.stringify(here)}).scan(new Set(), AbortSignal.timeout(60000));
    console.log(JSON.stringify([looked.value.targets.length, looked.value.unread > 0]));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    uid: 65_534,
    gid: 65_534,
    cwd: join(import.meta.dirname, '../..'),
  });
  assert.equal(stdout, '[0,true]\n');
});

test('a look that is ended, and a procfs that is not there, are readings', async (t) => {
  const ended = await discovery(t, { rules: [rule({ exe: 'x' })] }).scan(new Set(), AbortSignal.abort());
  assert.equal(!ended.ok && ended.reason, 'timeout');
  const nowhere = createDiscovery({ interval: 1, maxTargets: 1, rules: [rule({ exe: 'x' })] }, { ...here, procfs: '/nowhere' });
  const looked = await nowhere.scan(new Set(), AbortSignal.timeout(1000));
  assert.equal(!looked.ok && looked.reason, 'gone');
});
