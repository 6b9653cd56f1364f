import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { cgroup } from '../../../src/kernel/cgroup/cgroup.ts';
import { cgroupEvents } from '../../../src/kernel/cgroup/events.ts';
import { type CgroupPlace, followCgroup, locateCgroup, releaseCgroup } from '../../../src/kernel/cgroup/locate.ts';
import { cgroupPressure } from '../../../src/kernel/cgroup/pressure.ts';
import { cgroupProcs } from '../../../src/kernel/cgroup/procs.ts';
import type { Reading } from '../../../src/model/reading.ts';
import { bytes } from '../../../src/model/units.ts';
import { type MadeProcess, makeProcess, put } from './groups.ts';

const { signal } = new AbortController();

/** Of all places that a test found. */
const held = new Set<CgroupPlace>();
after(() => {
  for (const each of held) releaseCgroup(each);
});

const v2Files = {
  'memory.current': '8192\n',
  'memory.max': 'max\n',
  'memory.high': 'max\n',
  'memory.stat': 'anon 4096\n',
  'cgroup.procs': '12\n',
};
const v1Files = {
  'memory.usage_in_bytes': '8192\n',
  'memory.limit_in_bytes': '16384\n',
  'memory.stat': 'total_rss 4096\nhierarchical_memory_limit 16384\n',
  'cgroup.procs': '12\n',
};

/** A process in a v2 container whose tree is a folder. */
function container(t: TestContext, path = '/../target', root = '/../target'): MadeProcess {
  const made = makeProcess(t, { cgroup: `0::${path}\n` });
  writeFileSync(join(made.root, '../mountinfo'), made.mountLine(root, '/sys/fs/cgroup', 'cgroup2'));
  return made;
}

function reasonOf(reading: Reading<unknown>): string {
  return reading.ok ? 'ok' : reading.reason;
}

function place(reading: Reading<CgroupPlace>): CgroupPlace {
  assert.ok(reading.ok, JSON.stringify(reading));
  held.add(reading.value);
  return reading.value;
}

test("a v2 container's own mount is its group, with one level", async (t) => {
  const { process, root, fsTypes } = container(t);
  put(join(root, 'sys/fs/cgroup'), { ...v2Files, 'memory.events': 'oom_kill 2\n', 'memory.pressure': 'some total=3000000\n' });

  const here = place(await locateCgroup(process, signal, fsTypes));
  assert.equal(here.via, 'root');
  const numbers = cgroup.read(here);
  assert.ok(numbers.ok);
  assert.equal(numbers.value.levels.length, 1);
  assert.equal(numbers.value.levels[0].usage, bytes(8192));
  assert.equal(numbers.value.levels[0].limit, undefined);
  assert.equal(numbers.value.levels[0].path, '/');
  const events = cgroupEvents.read(here);
  assert.ok(events.ok && events.value.oomKill === 2);
  const pressure = cgroupPressure.read(here);
  assert.ok(pressure.ok && pressure.value.waiting === 3);
});

test("a v1 container's own mount is its group", async (t) => {
  const made = makeProcess(t, { cgroup: '4:memory:/pods/a\n0::/\n' });
  writeFileSync(join(made.root, '../mountinfo'), made.mountLine('/pods/a', '/sys/fs/cgroup/memory', 'cgroup'));
  put(join(made.root, 'sys/fs/cgroup/memory'), v1Files);

  const here = place(await locateCgroup(made.process, signal, made.fsTypes));
  const numbers = cgroup.read(here);
  assert.ok(numbers.ok);
  assert.equal(numbers.value.version, 1);
  assert.equal(numbers.value.hierarchicalLimit, bytes(16_384));
  assert.equal(reasonOf(cgroupPressure.read(here)), 'unsupported');
});

test('below a mount of the whole tree every ancestor with accounts is a level, nearest first, the root group is none', async (t) => {
  const v2 = container(t, '/a/b', '/');
  put(join(v2.root, 'sys/fs/cgroup'), {});
  put(join(v2.root, 'sys/fs/cgroup/a'), { ...v2Files, 'memory.max': '65536\n' });
  put(join(v2.root, 'sys/fs/cgroup/a/b'), v2Files);
  const two = cgroup.read(place(await locateCgroup(v2.process, signal, v2.fsTypes)));
  assert.ok(two.ok);
  assert.deepEqual(
    two.value.levels.map(({ path, limit }) => [path, limit]),
    [
      ['/a/b', undefined],
      ['/a', 65_536],
    ],
  );

  const v1 = makeProcess(t, { cgroup: '4:memory:/a/b\n' });
  writeFileSync(join(v1.root, '../mountinfo'), v1.mountLine('/', '/sys/fs/cgroup/memory', 'cgroup'));
  put(join(v1.root, 'sys/fs/cgroup/memory'), { ...v1Files, 'cgroup.sane_behavior': '0\n' });
  put(join(v1.root, 'sys/fs/cgroup/memory/a'), v1Files);
  put(join(v1.root, 'sys/fs/cgroup/memory/a/b'), v1Files);
  const one = cgroup.read(place(await locateCgroup(v1.process, signal, v1.fsTypes)));
  assert.ok(one.ok);
  assert.deepEqual(
    one.value.levels.map(({ path }) => path),
    ['/a/b', '/a'],
  );
});

test('an ancestor that cannot be read ends the walk', async (t) => {
  const made = container(t, '/a/b/c', '/');
  put(join(made.root, 'sys/fs/cgroup/a'), v2Files);
  put(join(made.root, 'sys/fs/cgroup/a/b'), { ...v2Files, 'memory.max': 'garbage' });
  put(join(made.root, 'sys/fs/cgroup/a/b/c'), v2Files);

  const numbers = cgroup.read(place(await locateCgroup(made.process, signal, made.fsTypes)));
  assert.ok(numbers.ok);
  assert.deepEqual(
    numbers.value.levels.map(({ path }) => path),
    ['/a/b/c'],
  );
});

test('a v2 group without the memory controller is charged to the nearest one above that has it', async (t) => {
  const made = container(t, '/a/b', '/');
  put(join(made.root, 'sys/fs/cgroup/a'), v2Files);
  put(join(made.root, 'sys/fs/cgroup/a/b'), { 'cgroup.procs': '12\n' });

  assert.deepEqual(place(await locateCgroup(made.process, signal, made.fsTypes)).tree.group, ['a']);
});

test('the root group of the machine is unsupported, on v2 and on v1', async (t) => {
  const v2 = container(t, '/', '/');
  put(join(v2.root, 'sys/fs/cgroup'), { 'cgroup.procs': '12\n', 'memory.stat': 'anon 1\n' });
  assert.equal(reasonOf(await locateCgroup(v2.process, signal, v2.fsTypes)), 'unsupported');

  const v1 = makeProcess(t, { cgroup: '4:memory:/\n' });
  writeFileSync(join(v1.root, '../mountinfo'), v1.mountLine('/', '/sys/fs/cgroup/memory', 'cgroup'));
  put(join(v1.root, 'sys/fs/cgroup/memory'), { ...v1Files, 'cgroup.sane_behavior': '0\n' });
  assert.equal(reasonOf(await locateCgroup(v1.process, signal, v1.fsTypes)), 'unsupported');
});

test('without a word of mountinfo the pid in cgroup.procs is the proof, and without the pid there is none', async (t) => {
  const made = makeProcess(t, { cgroup: '0::/../target\n', mountinfo: '' });
  put(join(made.root, 'sys/fs/cgroup'), v2Files);
  assert.equal(place(await locateCgroup(made.process, signal, made.fsTypes)).tree.mountId, undefined);

  put(join(made.root, 'sys/fs/cgroup'), { 'cgroup.procs': '0\n13\n112\n' });
  const other = await locateCgroup(made.process, signal, made.fsTypes);
  assert.ok(!other.ok && other.reason === 'mismatch');
  assert.match(other.detail, /process 12 does not stand in cgroup.procs/);
});

test("a mount that shows another group than the process's is a mismatch", async (t) => {
  const made = container(t, '/../target', '/../memgap');
  put(join(made.root, 'sys/fs/cgroup'), v2Files);

  assert.equal(reasonOf(await locateCgroup(made.process, signal, made.fsTypes)), 'mismatch');
});

test('a mount over the cgroup mount is a mismatch', async (t) => {
  const made = container(t);
  const [, ...rest] = made.mountLine('/../target', '/sys/fs/cgroup', 'cgroup2').split(' ');
  writeFileSync(join(made.root, '../mountinfo'), ['999999', ...rest].join(' '));
  put(join(made.root, 'sys/fs/cgroup'), v2Files);

  assert.equal(reasonOf(await locateCgroup(made.process, signal, made.fsTypes)), 'mismatch');
});

test('a tree that is not of a cgroup file system is a mismatch', async (t) => {
  const made = container(t);
  put(join(made.root, 'sys/fs/cgroup'), v2Files);

  assert.equal(reasonOf(await locateCgroup(made.process, signal)), 'mismatch');
});

test('hostile: a symbolic link on the way, even to real cgroup files, is not followed', async (t) => {
  for (const [at, to] of [
    ['sys', '/sys'],
    ['sys/fs/cgroup', '/sys/fs/cgroup'],
    ['sys/fs/cgroup', '../../elsewhere'],
  ] as const) {
    const made = container(t);
    put(join(made.root, 'elsewhere'), v2Files);
    put(join(made.root, at, '..'), {});
    symlinkSync(to, join(made.root, at));
    const reading = await locateCgroup(made.process, signal, [...made.fsTypes, 0x27e0eb, 0x63677270, 0x01021994]);
    assert.ok(!reading.ok && reading.reason === 'malformed', `${at} -> ${to}: ${JSON.stringify(reading)}`);
  }
});

test('hostile: a FIFO, a link or a directory in place of a file is refused, without waiting and without its content', async (t) => {
  for (const way of ['fifo', 'link', 'directory', 'binary', 'long'] as const) {
    const made = container(t);
    const directory = join(made.root, 'sys/fs/cgroup');
    const { 'memory.stat': _, ...others } = v2Files;
    put(directory, others);
    const file = join(directory, 'memory.stat');
    writeFileSync(join(made.root, 'secret'), 'hunter2\n');
    if (way === 'fifo') execFileSync('mkfifo', [file]);
    if (way === 'link') symlinkSync(join(made.root, 'secret'), file);
    if (way === 'directory') put(file, {});
    if (way === 'long') writeFileSync(file, 'anon 1\n'.repeat(60_000));
    if (way === 'binary') writeFileSync(file, Buffer.from([0xff, 0, 0x1b, 0x5b]));
    const numbers = cgroup.read(place(await locateCgroup(made.process, signal, made.fsTypes)));
    if (way === 'binary') assert.ok(numbers.ok && numbers.value.levels[0].stat.anon === undefined);
    else assert.equal(reasonOf(numbers), way === 'long' ? 'too-large' : 'malformed', way);
    assert.ok(!JSON.stringify(numbers).includes('hunter2'));
  }
});

test('hostile: content that is no number is malformed and not quoted', async (t) => {
  const made = container(t);
  put(join(made.root, 'sys/fs/cgroup'), { ...v2Files, 'memory.current': 'password: hunter2\n' });

  const numbers = cgroup.read(place(await locateCgroup(made.process, signal, made.fsTypes)));
  assert.equal(reasonOf(numbers), 'malformed');
  assert.ok(!JSON.stringify(numbers).includes('hunter2'));
});

test('hostile: a name of a group reaches a detail in printable form only', async (t) => {
  const made = container(t, '/\x1b[31m\u202ered', '/');
  put(join(made.root, 'sys/fs/cgroup'), {});

  const reading = await locateCgroup(made.process, signal, made.fsTypes);
  assert.ok(!reading.ok);
  assert.ok(!reading.detail.includes('\x1b') && !reading.detail.includes('\u202e'), reading.detail);
});

test('a place is kept while the process stays in its group, and found anew when it was moved', async (t) => {
  const made = container(t, '/a', '/');
  put(join(made.root, 'sys/fs/cgroup/a'), v2Files);
  put(join(made.root, 'sys/fs/cgroup/b'), v2Files);
  const first = place(await locateCgroup(made.process, signal, made.fsTypes));
  assert.equal(place(await followCgroup(made.process, first, signal)), first);

  writeFileSync(join(made.root, '../cgroup'), '0::/b\n');
  // the file systems of a test are not those of a cgroup, so it is enough to see that it was looked for again
  assert.notDeepEqual(await followCgroup(made.process, first, signal), { ok: true, value: first });
  assert.ok(held.delete(first), 'it was released by that');
  const second = place(await locateCgroup(made.process, signal, made.fsTypes));
  assert.equal(reasonOf(await followCgroup({ ...made.process, pid: 13 }, second, signal)), 'gone');
  assert.ok(held.delete(second), 'and so was this one');
});

test('the other processes are those of the group and of its children, without the target', async (t) => {
  const made = container(t);
  const old = 'Name:\tx\nState:\tS (sleeping)\nPPid:\t12\nVmSize:\t90 kB\nVmRSS:\t4 kB\n'; // before Linux 4.5
  const status = `${old}RssAnon:\t1 kB\n`;
  put(join(made.process.paths.procfs, '12'), { status: status.replace('PPid:\t12', 'PPid:\t1') });
  for (const pid of ['20', '21', '22']) put(join(made.process.paths.procfs, pid), { status, stat: `${pid} (x) S` });
  const directory = join(made.root, 'sys/fs/cgroup');
  put(directory, { ...v2Files, 'cgroup.procs': '12\n20\n20\n' });
  put(join(directory, 'child'), { 'cgroup.procs': '21\n' });
  put(join(directory, 'child/child'), { 'cgroup.procs': '22\n' });
  const here = place(await locateCgroup(made.process, signal, made.fsTypes));
  const largest = { pid: 20, name: 'x', rss: 4096 };
  assert.deepEqual(await cgroupProcs.read(here, signal), {
    ok: true,
    value: { count: 3, rss: 3 * 4096, anon: 3 * 1024, strangers: 0, largest },
  });
  put(join(made.process.paths.procfs, '22'), { status: old });
  assert.deepEqual(await cgroupProcs.read(here, signal), {
    ok: true,
    value: { count: 3, rss: 3 * 4096, anon: undefined, strangers: 0, largest },
  });

  put(directory, { 'cgroup.procs': '12\n0\n' });
  const nested = { ...largest, pid: 21 };
  assert.deepEqual(await cgroupProcs.read(here, signal), {
    ok: true,
    value: { count: 3, rss: undefined, anon: undefined, strangers: 1, largest: nested },
  });

  // there and not readable: counted, and the sum is not known
  put(directory, { 'cgroup.procs': '12\n30\n' });
  assert.deepEqual(await cgroupProcs.read(here, signal), {
    ok: true,
    value: { count: 3, rss: undefined, anon: undefined, strangers: 0, largest: nested },
  });
});

test('more processes than memgap goes through are counted, and their sum is not known', async (t) => {
  const made = container(t);
  const pids = Array.from({ length: 1002 }, (_, index) => index + 12);
  put(join(made.root, 'sys/fs/cgroup'), { ...v2Files, 'cgroup.procs': `${pids.join('\n')}\n` });

  assert.deepEqual(await cgroupProcs.read(place(await locateCgroup(made.process, signal, made.fsTypes)), signal), {
    ok: true,
    value: { count: 1001, rss: undefined, anon: undefined },
  });
});

test('ten thousand polls, good and bad, leave no descriptor open', async (t) => {
  const made = container(t);
  put(join(made.root, 'sys/fs/cgroup'), v2Files);
  const here = place(await locateCgroup(made.process, signal, made.fsTypes));
  const gone = { ...here, tree: { ...here.tree, group: ['none'] } };
  const before = readdirSync('/proc/self/fd').length;
  for (let count = 0; count < 5000; count += 1) {
    assert.ok(cgroupEvents.read(here).ok === false);
    assert.equal(reasonOf(cgroup.read(gone)), 'gone');
  }

  assert.ok(readdirSync('/proc/self/fd').length <= before + 3); // the runner opens and closes some of its own
});
