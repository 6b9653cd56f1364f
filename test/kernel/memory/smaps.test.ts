import assert from 'node:assert/strict';
import { closeSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { countMappings, maxMappings, smaps } from '../../../src/kernel/memory/smaps.ts';
import { smapsRollup } from '../../../src/kernel/memory/smaps-rollup.ts';
import { asNobody, folder, here, noPid, start, stateOf, until } from '../process/processes.ts';
import { needed, smapsText } from './smaps-text.ts';

const { signal } = new AbortController();

/** A stopped process changes nothing while it is read. */
async function startStopped(t: TestContext, path: string, args: readonly string[]): Promise<number> {
  const pid = await start(t, path, args);
  await until(() => stateOf(pid) === 'S');
  process.kill(pid, 'SIGSTOP');
  await until(() => stateOf(pid) === 'T');
  return pid;
}

/** A procfs of one process, 77, with so many mappings. */
function made(t: TestContext, count: number) {
  const procfs = folder(t);
  mkdirSync(join(procfs, '77'));
  const mappings = Array.from({ length: count }, (_, index) => ({
    start: (index + 1) * 8192,
    end: (index + 1) * 8192 + 4096,
    sizes: { Rss: 4 },
  }));
  writeFileSync(join(procfs, '77/smaps'), smapsText(mappings, needed));
  writeFileSync(join(procfs, '77/maps'), smapsText(mappings, needed).replaceAll(/^[A-Z].*\n/gm, ''));
  return { pid: 77, paths: { procfs, cgroupfs: here.cgroupfs } };
}

test('the mappings of a real process are those of maps, and add up to smaps_rollup', async (t) => {
  const pid = await startStopped(t, process.execPath, ['-e', 'setTimeout(() => {}, 600000)']);
  const reading = await smaps.read({ pid, paths: here }, signal);
  const rollup = await smapsRollup.read({ pid, paths: here }, signal);
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8').trimEnd().split('\n');

  assert.ok(reading.ok && rollup.ok, JSON.stringify(reading));
  assert.equal(
    reading.value.reduce((sum, { rss }) => sum + rss, 0),
    rollup.value.rss,
  );
  assert.deepEqual(
    reading.value.map((mapping) => `${mapping.start.toString(16)}-${mapping.end.toString(16)} ${mapping.permissions} ${mapping.path}`),
    maps.filter((line) => !line.endsWith('[vsyscall]')).map((line) => line.replace(/^0*(\S+?-)0*(\S+ \S+) \S+ \S+ \d+ */, '$1$2 ')),
  );
  assert.deepEqual(await countMappings({ pid, paths: here }, 100_000, signal), { ok: true, value: maps.length });
});

test('a process with many mappings is counted first and then read', async (t) => {
  const reading = await smaps.read(made(t, 3000), signal);
  assert.ok(reading.ok && reading.value.length === 3000);
});

test('too many mappings are too large, and told by maps', async (t) => {
  const process = made(t, maxMappings + 1);
  const reading = await smaps.read(process, signal);
  assert.deepEqual(reading, { ok: false, reason: 'too-large', detail: 'process 77 has more than 20000 mappings' });
  assert.equal((await smaps.read(made(t, maxMappings), signal)).ok, true);
});

test('a process that dies in the middle of the walk is gone: the part that was read is not taken for the whole', async (t) => {
  const threads = 'for (let i = 0; i < 8; i += 1) new (require("worker_threads").Worker)("setTimeout(() => {}, 600000)", { eval: true })';
  const pid = await start(t, process.execPath, ['-e', threads]);
  await until(() => readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n').length > 150); // more than one piece

  const own = openSync(`/proc/${pid}/maps`, 'r');
  t.after(() => closeSync(own));
  let asked = 0;
  const { signal: killing } = new AbortController();
  Object.defineProperty(killing, 'aborted', {
    get() {
      asked += 1; // between the pieces
      process.kill(pid, 'SIGKILL');
      while (readSync(own, Buffer.alloc(1), 0, 1, 0) > 0); // its threads end one by one, and the last one takes the memory with it
      return false;
    },
  });
  const reading = await smaps.read({ pid, paths: here }, killing);
  assert.ok(asked > 0 && !reading.ok && reading.reason === 'gone', JSON.stringify(reading));
});

test('a walk that is given up is a timeout', async (t) => {
  const reading = await smaps.read(made(t, 3000), AbortSignal.abort());
  assert.equal(!reading.ok && reading.reason, 'timeout');
});

test('a process that has exited is gone', async () => {
  const reading = await smaps.read({ pid: noPid, paths: here }, signal);
  assert.equal(!reading.ok && reading.reason, 'gone');
});

test("another user's process is denied, and the detail names the file and the right", async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root, to give up its rights');
  const pid = await start(t, '/bin/sleep', ['600']);
  const reading = await asNobody(() => smaps.read({ pid, paths: here }, signal)); // opened at once, read later
  assert.ok(!reading.ok && reading.reason === 'denied');
  assert.match(reading.detail, new RegExp(`/proc/${pid}/smaps: EACCES.*uid and gid.*CAP_SYS_PTRACE`));
});
