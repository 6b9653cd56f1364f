import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createMappingSide, type MappingSide } from '../../src/poll/mapping-side.ts';
import { createRecorder, type Recorder } from '../../src/poll/recorder.ts';
import { missing } from '../../src/reading.ts';
import { needed } from '../sources/process/smaps-text.ts';
import { madeProcess } from './made-process.ts';

const signal = new AbortController().signal;
const noGo = missing('disabled', 'no Go here');
const facts = { build: noGo, limits: noGo, rss: undefined, before: noGo };

function recorder(): Recorder {
  return createRecorder((error) => assert.fail(String(error)));
}

/** The mappings of a made process 12, whose procfs and clock a test can change; it has smaps_rollup and no smaps. */
function madeSide(t: TestContext) {
  const { paths, folder } = madeProcess(t);
  const now = { clock: 1000 };
  t.mock.method(performance, 'now', () => now.clock * 1000); // a walk costs nothing: the machine's own pace would move the next one
  const side = createMappingSide(paths, () => now.clock);
  async function poll(clock: number, own = recorder()) {
    now.clock = clock;
    await side.walk(own, { pid: 12, ...facts }, signal);
    return side.settle(own, undefined);
  }
  return { side, folder, poll };
}

test('the mappings are walked again after 15 s and not before', async (t) => {
  const { poll } = madeSide(t);
  const ages: unknown[] = [];
  for (const clock of [1000, 1005, 1014, 1015, 1029, 1030.5]) {
    const { rollup } = await poll(clock);
    ages.push(rollup.ok && rollup.value.at);
  }
  assert.deepEqual(ages, [1000, 1000, 1000, 1015, 1015, 1030.5]);
});

test('another process gets a walk of its own, at once', async (t) => {
  const { side, poll } = madeSide(t);
  await poll(1000);
  side.reset();
  const own = recorder();
  const { rollup } = await poll(1001, own);
  assert.equal(rollup.ok && rollup.value.at, 1001);
  assert.ok((own.outcomes.smaps_rollup?.seconds ?? -1) >= 0);
});

test('when walks begin to fail the last good one stands for three of its intervals, and then the reason', async (t) => {
  const { folder, poll } = madeSide(t);
  await poll(1000);
  writeFileSync(join(folder, 'smaps_rollup'), 'nonsense');

  const seen: unknown[] = [];
  for (const clock of [1010, 1015, 1020, 1040, 1046, 1050]) {
    const own = recorder();
    const { rollup } = await poll(clock, own);
    const failed = own.failures.some(({ source }) => source === 'smaps_rollup');
    seen.push([clock, rollup.ok ? rollup.value.at : rollup.reason, own.outcomes.smaps_rollup?.ok, failed]);
  }
  assert.deepEqual(seen, [
    [1010, 1000, true, false],
    [1015, 1000, false, true],
    [1020, 1000, false, false],
    [1040, 1000, false, true],
    [1046, 'malformed', false, false],
    [1050, 'malformed', false, false],
  ]);
});

test('the book is of the last walk, and adds up', async () => {
  const side = createMappingSide({ procfs: '/proc', cgroupfs: '/sys/fs/cgroup' }, () => 1000);
  const own = recorder();
  assert.equal(await walkOf(process.pid, side, own), true);
  await walkOf(process.pid, side, own); // a second attempt of one poll: made if the first was cheap enough (budget.test.ts)
  const { book, rollup } = side.settle(own, undefined);

  assert.ok(book.ok && rollup.ok);
  const { total, components, unattributed } = book.value.value;
  assert.equal(total, rollup.value.value.rss);
  assert.equal(Object.values(components).reduce((sum, size) => sum + size, 0) + unattributed, total);
  assert.equal(await walkOf(process.pid, side, own), false, 'the next poll comes too early');
});

test('a process that has gone gives no book, and its reason', async (t) => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  t.after(() => child.kill());
  const side = createMappingSide({ procfs: '/proc', cgroupfs: '/sys/fs/cgroup' }, () => 1000);
  child.kill();
  await once(child, 'exit');
  await walkOf(child.pid ?? 0, side, recorder());
  const { book } = side.settle(recorder(), undefined);

  assert.equal(!book.ok && book.reason, 'gone');
});

test('without smaps the book is missing and the totals of smaps_rollup stand', async (t) => {
  const { book, rollup } = await madeSide(t).poll(1000);

  assert.ok(!book.ok && rollup.ok);
});

test('files on a tmpfs that is mounted after the first walk are shared memory as of the next one', async (t) => {
  const { folder, poll } = madeSide(t);
  const file = '7f0000000000-7f0000004000 rw-s 00000000 00:7b 7                          /data/file';
  const figures = [...needed.map((key) => `${key}: ${key === 'Rss' || key === 'Pss' ? 16 : 0}`)];
  writeFileSync(join(folder, 'maps'), `${file}\n`);
  writeFileSync(
    join(folder, 'smaps'),
    `${[file, ...figures.map((figure) => `${figure} kB`)].join('\n')}\nVmFlags: rd wr sh mr mw me ms \n`,
  );
  const root = '22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n';
  const components = async (clock: number, mountinfo: string) => {
    writeFileSync(join(folder, 'mountinfo'), mountinfo);
    const { book } = await poll(clock);
    assert.ok(book.ok, book.ok ? '' : book.detail);
    const { mapped_files, shmem } = book.value.value.components;
    return { mapped_files, shmem };
  };

  assert.deepEqual(await components(1000, root), { mapped_files: 16384, shmem: 0 });
  assert.deepEqual(await components(1020, `${root}44 22 0:123 / /data rw - tmpfs none rw\n`), { mapped_files: 0, shmem: 16384 });
});

function walkOf(pid: number, side: MappingSide, own: Recorder): Promise<boolean> {
  return side.walk(own, { pid, ...facts }, signal);
}
