import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { maxReadBytes, openMemory } from '../../../src/kernel/memory/memory.ts';
import { smaps } from '../../../src/kernel/memory/smaps.ts';
import { locateLab, startLab } from '../../programs.ts';
import { asNobody, folder, here, noPid, sleeper } from '../process/processes.ts';

const { signal } = new AbortController();

test("a program's memory is read by address: its own file's head stands at its first mapping", async (t) => {
  const pid = await sleeper(t);
  const [memory, walk] = [openMemory({ pid, paths: here }), await smaps.read({ pid, paths: here }, signal)];
  assert.ok(memory.ok && walk.ok, JSON.stringify(memory));
  t.after(memory.value.close);
  const [first] = walk.value;
  assert.ok(first !== undefined);
  assert.equal(memory.value.read(first.start, 4).toString('latin1'), '\x7fELF');
  assert.deepEqual(memory.value.read(first.start + 1, 3), memory.value.read(first.start, 4).subarray(1));
});

test('addresses that are not mapped, not numbers, not below 2^53 or not in user space give no bytes', async (t) => {
  const pid = await sleeper(t);
  const memory = openMemory({ pid, paths: here });
  assert.ok(memory.ok);
  t.after(memory.value.close);
  for (const address of [0, 4096, 2 ** 47, 2 ** 52, 2 ** 53, -4096, Number.NaN, 0.5]) {
    assert.equal(memory.value.read(address, 16).length, 0, String(address));
  }
  assert.equal(memory.value.read(4096, 0).length, 0);
});

test('only what is resident is read, 64 KiB at most, and reading makes nothing resident', async (t) => {
  const program = locateLab('go-newest-pure');
  if (!program.ok) return t.skip(program.detail);
  const lab = await startLab(program.value);
  t.after(lab.stop);
  await lab.ask('/grow?mib=8&chunk=1024');
  const [memory, walk] = [openMemory({ pid: lab.pid, paths: here }), await smaps.read({ pid: lab.pid, paths: here }, signal)];
  assert.ok(memory.ok && walk.ok);
  t.after(memory.value.close);
  const touched = walk.value.find(({ rss, permissions, path }) => permissions === 'rw-p' && path === '' && rss >= 4 * 1024 * 1024);
  const sea = walk.value.find(
    ({ rss, start, end, permissions }) => permissions === 'rw-p' && rss < (end - start) / 2 && end - start > 2 ** 20,
  );
  assert.ok(touched !== undefined && sea !== undefined);
  const stretches = memory.value.present(touched.start, touched.end, 2 ** 40);
  assert.ok(stretches.some(({ start }) => memory.value.read(start, 2 ** 20).length > 4096));
  for (const { start, end } of stretches) assert.ok(memory.value.read(start, 2 ** 20).length <= Math.min(maxReadBytes, end - start));

  const holes = memory.value.present(sea.start, sea.end, 2 ** 40);
  const present = holes.reduce((sum, { start, end }) => sum + end - start, 0);
  assert.ok(present < sea.end - sea.start);
  for (let address = sea.start; address < sea.end; address += 65_536) memory.value.read(address, 65_536);
  const again = memory.value.present(sea.start, sea.end, 2 ** 40).reduce((sum, { start, end }) => sum + end - start, 0);
  assert.ok(again - present < 2 ** 20, `${again} - ${present}: the runtime itself may have touched a little`);
});

test('a look-up of what is present ends at its limit', async (t) => {
  const pid = await sleeper(t);
  const memory = openMemory({ pid, paths: here });
  assert.ok(memory.ok);
  t.after(memory.value.close);
  assert.deepEqual(memory.value.present(0, 2 ** 46, 2 ** 20), []);
});

test('a process that is not there is gone; one that ended while it was open gives no bytes', async (t) => {
  const none = openMemory({ pid: noPid, paths: here });
  assert.ok(!none.ok && none.reason === 'gone');

  const pid = await sleeper(t);
  const walk = await smaps.read({ pid, paths: here }, signal);
  const memory = openMemory({ pid, paths: here });
  assert.ok(memory.ok && walk.ok);
  t.after(memory.value.close);
  const address = walk.value[0]?.start ?? 0;
  assert.equal(memory.value.read(address, 4).length, 4);
  process.kill(pid, 'SIGKILL');
  while (memory.value.read(address, 4).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

test("another user's memory is denied, with what to do", async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root, to give up its rights');
  const pid = await sleeper(t);
  const reading = asNobody(() => openMemory({ pid, paths: here }));
  assert.ok(!reading.ok && reading.reason === 'denied', JSON.stringify(reading));
  assert.match(reading.detail, /mem: E(ACCES|PERM).*CAP_SYS_PTRACE.*--process\.memory-reads/);
});

test('no file is left open by what fails', async (t) => {
  const pid = await sleeper(t);
  const before = readdirSync('/proc/self/fd').length;
  for (let round = 0; round < 20; round += 1) {
    openMemory({ pid: noPid, paths: here });
    openMemory({ pid, paths: { ...here, procfs: join(folder(t), 'none') } });
    const memory = openMemory({ pid, paths: here });
    if (memory.ok) memory.value.close();
  }
  assert.ok(readdirSync('/proc/self/fd').length <= before + 3); // the runner opens and closes some of its own
});

test('one reading has a budget: from its end on no page is present, and what was made of it is refused', async (t) => {
  const pid = await sleeper(t);
  const walk = await smaps.read({ pid, paths: here }, signal);
  const [first] = walk.ok ? walk.value : [];
  assert.ok(first !== undefined);
  const most = 20 * 4096; // 80 KiB
  const memory = openMemory({ pid, paths: here }, most);
  assert.ok(memory.ok);
  t.after(memory.value.close);

  let reads = 0;
  while (reads < 100 && memory.value.read(first.start, 4).length === 4) reads += 1;
  assert.equal(reads, 19, 'four bytes count as the page that they cost, and 8 bytes of pagemap each');
  const excess = memory.value.excess();
  assert.equal(excess?.ok === false && excess.reason, 'too-large');
  assert.match(excess?.ok === false ? excess.detail : '', /more than 80\.0 KiB of the target's memory/);
  assert.deepEqual(memory.value.present(first.start, first.end, 2 ** 40), []);
  assert.equal(memory.value.read(first.start, 4).length, 0);
});

test('what pagemap is looked up counts too', async (t) => {
  const pid = await sleeper(t);
  const memory = openMemory({ pid, paths: here }, 64 * 1024);
  assert.ok(memory.ok);
  t.after(memory.value.close);
  assert.equal(memory.value.excess(), undefined);
  memory.value.present(2 ** 40, 2 ** 40 + 2 ** 30, 2 ** 30); // 2 MiB of pagemap
  assert.notEqual(memory.value.excess(), undefined);
});
