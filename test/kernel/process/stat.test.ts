import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseStat, readBootTime, stat } from '../../../src/kernel/process/stat.ts';
import type { ProcessIdentity } from '../../../src/model/process.ts';
import { startBecoming } from './becoming.ts';
import { asNobody, here, noPid, start, startNamed, stateOf, until } from './processes.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/process');

test('recorded files of programs and pods give pid, name, state and start ticks', () => {
  assert.deepEqual(parseStat(readFileSync(join(fixtures, 'etcd_3.5.16/stat'), 'utf8')), {
    ok: true,
    value: {
      pid: 10875,
      comm: 'etcd',
      state: 'S',
      startTicks: 315691,
      majorFaults: 4,
      userTicks: 7,
      systemTicks: 7,
      program: '4202496 16294213 140734022437040',
    },
  });
  for (const name of ['prometheus_2.42', 'pod-v1-6.18', 'pod-v2-6.12']) {
    assert.ok(parseStat(readFileSync(join(fixtures, name, 'stat'), 'utf8')).ok, name);
  }
});

test('a name with parentheses, spaces and newlines ends at the last parenthesis', () => {
  const text = `12 (a) S 1 (b\n) R ${Array.from({ length: 49 }, (_, index) => index).join(' ')}\n`;

  assert.deepEqual(parseStat(text), {
    ok: true,
    value: {
      pid: 12,
      comm: 'a) S 1 (b\n',
      state: 'R',
      startTicks: 18,
      majorFaults: 8,
      userTicks: 10,
      systemTicks: 11,
      program: '22 23 24',
    },
  });
});

test('any name comes back as it is', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 15 }), (comm) => {
      const parsed = parseStat(`12 (${comm}) S ${Array.from({ length: 49 }, () => 7).join(' ')}\n`);
      assert.ok(parsed.ok && parsed.value.comm === comm);
    }),
  );
});

test('any other text is malformed, and its escapes do not reach the detail', () => {
  for (const text of ['', '12', '12 (a', '12 (a) S 1', '(a) S', '\x1b[2J', `12 (a) S ${'x '.repeat(49)}`]) {
    const parsed = parseStat(text);
    assert.ok(!parsed.ok && parsed.reason === 'malformed', text);
    assert.ok(!parsed.detail.includes('\x1b'));
  }
  fc.assert(fc.property(fc.string(), (text) => typeof parseStat(text).ok === 'boolean'));
});

test('this process started before now and after boot', () => {
  const boot = readBootTime('/proc');
  const reading = stat.read({ pid: process.pid, paths: here });

  assert.ok(boot.ok && reading.ok);
  assert.equal(reading.value.pid, process.pid);
  assert.ok(reading.value.startTime > boot.value);
  assert.ok(Math.abs(reading.value.startTime - (Date.now() / 1000 - process.uptime())) < 60);
});

test('hostile names of running programs do not shift the fields', async (t) => {
  for (const name of ['a b) R 1 (c', 'line\nbreak', '<script>alert', '\x1b[31mred', ') S 1 1 1']) {
    const { pid } = await startNamed(t, name);
    const reading = stat.read({ pid, paths: here });
    assert.ok(reading.ok, JSON.stringify(reading));
    assert.equal(reading.value.pid, pid);
    assert.ok(reading.value.startTicks > 0);
  }
});

test('the identity known from the last poll is kept while the start ticks are the same, and replaced when they are not', () => {
  const reading = stat.read({ pid: process.pid, paths: here });
  assert.ok(reading.ok);
  const known = { ...reading.value, startTime: 1 };
  const reused = { ...known, startTicks: known.startTicks - 1 };

  assert.deepEqual(stat.read({ pid: process.pid, paths: here, identity: known }), { ok: true, value: known });
  assert.deepEqual(stat.read({ pid: process.pid, paths: here, identity: reused }), reading);
});

test('an execve gives a new program and no other identity, even of the same file under the same name; without the right nothing is known to change', async (t) => {
  const shell = await startBecoming(t, ['/bin/sh', '-c', 'read -r _']);
  const read = (identity?: ProcessIdentity) => {
    const reading = stat.read({ pid: shell.pid, paths: here, identity });
    assert.ok(reading.ok);
    return reading.value;
  };
  const first = read();
  assert.equal(read(first), first);
  await shell.become();
  const { program, ...others } = read(first);

  assert.deepEqual(others, { pid: first.pid, startTicks: first.startTicks, startTime: first.startTime });
  assert.ok(program !== undefined && first.program !== undefined && program !== first.program);

  if (process.getuid?.() !== 0) return;
  assert.equal(asNobody(() => read()).program, undefined);
  assert.equal(
    asNobody(() => read(first)),
    first,
  );
});

test('a zombie is gone, and the detail says that it is one', async (t) => {
  // the shell becomes a sleep, which reaps nothing
  const parent = await start(t, '/bin/sh', ['-c', 'sleep 0 & exec sleep 600']);
  const children = () => readFileSync(`/proc/${parent}/task/${parent}/children`, 'latin1').trim();
  await until(() => children() !== '' && stateOf(Number(children())) === 'Z');

  const reading = stat.read({ pid: Number(children()), paths: here });

  assert.ok(!reading.ok && reading.reason === 'gone');
  assert.match(reading.detail, /zombie/);
});

test('a process that has exited is gone', () => {
  const reading = stat.read({ pid: noPid, paths: here });

  assert.ok(!reading.ok && reading.reason === 'gone');
  assert.match(reading.detail, /4194305/);
});
