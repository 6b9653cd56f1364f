import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '../../scripts/child.ts';
import { findProcess } from '../../src/discovery/find.ts';
import { ownersBehind } from '../../src/discovery/port-owner.ts';
import { runs } from '../../src/discovery/processes.ts';
import { makeGroup } from '../kernel/cgroup/groups.ts';
import { asNobody, here, noPid, seesKernelThreads, start, startNamed, stateOf, until } from '../kernel/process/processes.ts';

/** A name that nothing else on the machine has. */
function unique(name: string): string {
  return `${name}-${process.pid}`;
}

const { signal } = new AbortController();

test('by pid: the process is found with its start time, also memgap itself', async () => {
  const found = await findProcess({ by: 'pid', pid: process.pid }, here, signal);
  assert.ok(found.ok && found.value.pid === process.pid && found.value.startTicks > 0);

  const gone = await findProcess({ by: 'pid', pid: noPid }, here, signal);
  assert.ok(!gone.ok && gone.reason === 'gone');
});

test('by pid: 1 is refused where that is memgap itself, as in a container whose pid namespace is not shared', async (t) => {
  const procfs = mkdtempSync(join(tmpdir(), 'memgap-find-'));
  t.after(() => rmSync(procfs, { recursive: true }));
  symlinkSync('1', join(procfs, 'self'));

  const found = await findProcess({ by: 'pid', pid: 1 }, { ...here, procfs }, signal);

  assert.ok(!found.ok && found.reason === 'mismatch');
  assert.match(found.detail, /memgap itself.*shareProcessNamespace: true/);
});

test('by exe: base name and absolute path find the one process, whatever its name is', async (t) => {
  for (const name of ['mg a b', 'mg (x) y', 'mg\nline', '<script>mg', '\x1b[31mmg', 'mg-longer-than-fifteen-characters']) {
    const { pid, path } = await startNamed(t, unique(name));
    for (const exe of [basename(path), path]) {
      const found = await findProcess({ by: 'exe', exe }, here, signal);
      assert.ok(found.ok, JSON.stringify(found));
      assert.equal(found.value.pid, pid);
    }
  }
});

test('by exe: a replaced executable is still its process', async (t) => {
  const { pid, path } = await startNamed(t, unique('mg-deleted'));
  rmSync(path);
  assert.ok(readlinkSync(`/proc/${pid}/exe`).endsWith(' (deleted)'));

  const found = await findProcess({ by: 'exe', exe: path }, here, signal);
  assert.ok(found.ok && found.value.pid === pid);
});

test('by exe: a name that is only the beginning, or in another folder, is no match', () => {
  assert.ok(runs('/usr/bin/manager', 'manager') && runs('/usr/bin/manager', '/usr/bin/manager'));
  assert.ok(runs('/manager (deleted)', 'manager') && runs('/manager (deleted)', '/manager'));
  for (const wanted of ['man', 'manager2', '/manager', 'bin/manager', 'anager', '']) assert.ok(!runs('/usr/bin/manager', wanted), wanted);
});

test('by exe: several matches are an error that lists them in printable form', async (t) => {
  const name = unique('mg\x1b[31m\u202etwin');
  const first = await startNamed(t, name);
  const second = await startNamed(t, name);

  const found = await findProcess({ by: 'exe', exe: name }, here, signal);
  assert.ok(!found.ok && found.reason === 'mismatch');
  assert.match(found.detail, new RegExp(`\\b${first.pid}\\b.*\\b${second.pid}\\b`));
  assert.ok(!found.detail.includes('\x1b') && !found.detail.includes('\u202e'));

  const byPath = await findProcess({ by: 'exe', exe: second.path }, here, signal);
  assert.ok(byPath.ok && byPath.value.pid === second.pid);
});

test("by exe: nobody's name is not-found with a next step, and memgap's own executable is not memgap", async () => {
  const found = await findProcess({ by: 'exe', exe: unique('mg-nobody') }, here, signal);
  assert.ok(!found.ok && found.reason === 'not-found');
  assert.match(
    found.detail,
    /other processes seen here runs .*: it has ended, or is not started yet$/,
    'the others are in sight: no pod hides it',
  );

  const own = await findProcess({ by: 'exe', exe: readlinkSync('/proc/self/exe') }, here, signal);
  assert.ok(!own.ok || own.value.pid !== process.pid);
});

test('by exe: where it cannot be read the name of the process gives a hint, and what right is lacking', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root, to give up its rights');
  const { pid, path } = await startNamed(t, unique('mg-hidden-longer-than-15'));

  const found = await asNobody(() => findProcess({ by: 'exe', exe: path }, here, signal));
  assert.ok(!found.ok && found.reason === 'denied', JSON.stringify(found));
  assert.match(found.detail, new RegExp(`\\b${pid}\\b.*uid and gid.*CAP_SYS_PTRACE`));
});

test('by exe: kernel threads and zombies are no match', async (t) => {
  const parent = await start(t, '/bin/sh', ['-c', 'sleep 0 & exec sleep 600']);
  const children = () => readFileSync(`/proc/${parent}/task/${parent}/children`, 'latin1').trim();
  await until(() => children() !== '' && stateOf(Number(children())) === 'Z');

  const found = await findProcess({ by: 'exe', exe: 'sleep' }, here, signal);
  assert.ok(found.ok ? found.value.pid !== Number(children()) : !found.detail.includes(`${children()} (`));
  if (!seesKernelThreads()) return t.skip('no kernel thread can be seen from this pid namespace');
  assert.ok(!(await findProcess({ by: 'exe', exe: 'kthreadd' }, here, signal)).ok);
});

test('by cgroup: the whole path and its last part find the one process in it; two are an error that lists them', async (t) => {
  const group = makeGroup(t, 'find');
  if (!group.ok) return t.skip(group.detail);
  const { pid } = await startNamed(t, 'mg-in-group');
  group.value.add(pid);
  for (const cgroup of [group.value.path, basename(group.value.path)]) {
    const found = await findProcess({ by: 'cgroup', cgroup }, here, signal);
    assert.ok(found.ok && found.value.pid === pid, JSON.stringify(found));
  }

  const second = await startNamed(t, 'mg-in-group');
  group.value.add(second.pid);
  const both = await findProcess({ by: 'cgroup', cgroup: group.value.path }, here, signal);
  assert.ok(!both.ok && both.reason === 'mismatch');
  assert.match(both.detail, new RegExp(`\\b${pid}\\b.*mg-in-group.*\\b${second.pid}\\b`));

  const none = await findProcess({ by: 'cgroup', cgroup: `${group.value.path}/none` }, here, signal);
  assert.ok(!none.ok && none.reason === 'not-found');
});

test('by port: the listening process of IPv4 and of IPv6 is found, and is behind the URL of that port', async (t) => {
  for (const host of ['127.0.0.1', '::1', '0.0.0.0', '::']) {
    const listener = await listen(t, host);
    if (listener === undefined) continue; // a machine without IPv6
    const found = await findProcess({ by: 'port', port: listener.port }, here, signal);
    assert.ok(found.ok && found.value.pid === listener.pid, JSON.stringify(found));
    const url = host.includes(':') ? `http://[::1]:${listener.port}/` : `http://localhost:${listener.port}/`;
    const owner = { pids: [listener.pid], isShared: false };
    assert.deepEqual(await ownersBehind(url, listener.pid, here, signal), owner);
    assert.deepEqual(await ownersBehind(url, process.ppid, here, signal), owner);
  }
});

test('a port that two processes share is told so, whichever of them is asked about', async (t) => {
  const first = await listen(t, '127.0.0.1', { reusePort: true });
  const second = first && (await listen(t, '127.0.0.1', { port: first.port, reusePort: true }));
  if (first === undefined || second === undefined) return t.skip('this node has no SO_REUSEPORT (22.12 and later)');
  const url = `http://127.0.0.1:${first.port}/`;
  assert.deepEqual(await ownersBehind(url, first.pid, here, signal), { pids: [first.pid, second.pid], isShared: true });
  assert.deepEqual(await ownersBehind(url, second.pid, here, signal), { pids: [second.pid, first.pid], isShared: true });
  const byPort = await findProcess({ by: 'port', port: first.port }, here, signal);
  assert.ok(!byPort.ok && byPort.reason === 'mismatch', JSON.stringify(byPort));
});

test('by port: memgap itself is never meant, and a free port is not-found', async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');

  assert.ok(!(await findProcess({ by: 'port', port: address.port }, here, signal)).ok);
  await new Promise((resolve) => server.close(resolve));
  const free = await findProcess({ by: 'port', port: await freePort() }, here, signal);
  assert.ok(!free.ok && free.reason === 'not-found');
});

test('by port: an owner that cannot be looked into is denied, with what to do', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root, to give up its rights');
  const listener = await listen(t, '127.0.0.1');
  assert.ok(listener);

  const found = await asNobody(() => findProcess({ by: 'port', port: listener.port }, here, signal));
  assert.ok(!found.ok && found.reason === 'denied', JSON.stringify(found));
  assert.match(found.detail, /uid and gid/);
  assert.equal(await asNobody(() => ownersBehind(`http://127.0.0.1:${listener.port}/`, listener.pid, here, signal)), undefined);
});

test('a URL that does not lead to this machine says nothing about the owner', async () => {
  assert.equal(await ownersBehind('http://192.0.2.1:6060/', process.pid, here, signal), undefined);
});

/** A process that listens on a free port; `undefined` where the address cannot be had. */
async function listen(
  t: Parameters<typeof start>[0],
  host: string,
  { port = 0, reusePort = false } = {},
): Promise<{ pid: number; port: number } | undefined> {
  const script = `require('net').createServer().listen({ port: ${port}, host: '${host}', reusePort: ${reusePort} }, function () { console.log(this.address().port) }).on('error', () => console.log('none'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const line = await new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data).trim())));
  return line === 'none' ? undefined : { pid: child.pid ?? 0, port: Number(line) };
}
