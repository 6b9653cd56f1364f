import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { missing } from '../../src/model/reading.ts';
import { createRecorder, type Recorder } from '../../src/poll/recorder.ts';
import { createSharedWalks } from '../../src/poll/shared-walks.ts';
import { createWalker, type Walk } from '../../src/poll/walk.ts';
import { bookOf, noWalks, settle, standing } from '../../src/poll/walk-book.ts';
import { needed } from '../kernel/memory/smaps-text.ts';
import { here } from '../kernel/process/processes.ts';
import { madeProcess } from './made-process.ts';

const signal = new AbortController().signal;
const noGo = missing('disabled', 'no Go here');
const facts = { build: noGo, limits: noGo, rss: undefined, before: noGo, earlier: undefined };

function recorder(): Recorder {
  return createRecorder((error) => assert.fail(String(error)));
}

/** Walks over one program, and what is kept of them. */
function walking(paths = here, now = () => 1000) {
  const turns = createSharedWalks()();
  const walker = createWalker(paths, now, false, turns);
  let kept = noWalks;
  const walk = (pid: number, own: Recorder, earlier?: Walk) =>
    walker(own, { pid, ...facts, earlier, knownGoRanges: kept.knownGoRanges }, signal);
  function settleWith(walked: Walk | undefined) {
    const booked = walked && { walk: walked, book: bookOf(walked, noGo, noGo, kept.knownGoRanges) };
    kept = settle(kept, booked, walked, undefined);
    return { ...standing(kept, now(), turns.shared()), outcomes: kept.last?.outcomes ?? [] };
  }
  return { walk, settleWith };
}

/** The mappings of a made process 12, whose procfs and clock a test can change; it has smaps_rollup and no smaps. */
function madeWalks(t: TestContext) {
  const { paths, folder } = madeProcess(t);
  const now = { clock: 1000 };
  t.mock.method(performance, 'now', () => now.clock * 1000); // a walk costs nothing: the machine's own pace would move the next one
  const { walk, settleWith } = walking(paths, () => now.clock);
  async function poll(clock: number, own = recorder()) {
    now.clock = clock;
    return settleWith(await walk(12, own));
  }
  return { folder, poll };
}

test('the mappings are walked again after 15 s and not before', async (t) => {
  const { poll } = madeWalks(t);
  const ages: unknown[] = [];
  for (const clock of [1000, 1005, 1014, 1015, 1029, 1030.5]) {
    const { rollup } = await poll(clock);
    ages.push(rollup.ok && rollup.value.at);
  }
  assert.deepEqual(ages, [1000, 1000, 1000, 1015, 1015, 1030.5]);
});

test('when walks begin to fail the last good one stands for three of its intervals, and then the reason', async (t) => {
  const { folder, poll } = madeWalks(t);
  await poll(1000);
  writeFileSync(join(folder, 'smaps_rollup'), 'nonsense');

  const seen: unknown[] = [];
  for (const clock of [1010, 1015, 1020, 1040, 1046, 1050]) {
    const own = recorder();
    const { rollup, outcomes } = await poll(clock, own);
    const failed = own.failures.some(({ source }) => source === 'smaps_rollup');
    seen.push([clock, rollup.ok ? rollup.value.at : rollup.reason, new Map(outcomes).get('smaps_rollup')?.ok, failed]);
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
  const { walk, settleWith } = walking();
  const own = recorder();
  const first = await walk(process.pid, own);
  assert.ok(first?.isWhole === true);
  const second = await walk(process.pid, own, first); // a second attempt of one poll: made if the first was cheap enough (budget.test.ts)
  const { book, rollup } = settleWith(second ?? first);

  assert.ok(book.ok && rollup.ok);
  const { total, components, unattributed } = book.value.value;
  assert.equal(total, rollup.value.value.rss);
  assert.equal(Object.values(components).reduce((sum, size) => sum + size, 0) + unattributed, total);
  assert.equal(await walk(process.pid, own), undefined, 'the next poll comes too early');
});

test('what the walks of one poll cost counts together', async (t) => {
  const { paths } = madeProcess(t);
  let time = 0;
  t.mock.method(performance, 'now', () => (time += 5)); // each look at the clock is 5 ms later
  const { walk } = walking(paths);
  const first = await walk(12, recorder());
  const second = await walk(12, recorder(), first);
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(second.cost.seconds, 2 * first.cost.seconds);
});

test('a walk that was cut is settled with, if there is no other, without the Go numbers', async (t) => {
  const { paths } = madeProcess(t);
  const { walk } = walking(paths);
  const cut = await walk(12, recorder());
  assert.ok(cut !== undefined);
  const kept = settle(noWalks, { walk: { ...cut, isWhole: false }, book: undefined }, cut, undefined);
  assert.ok(kept.lastGood.rollup !== undefined && !kept.current.book.ok);
  assert.equal(kept.last?.cost, cut.cost);
});

test('a process that has gone gives no book, and its reason', async (t) => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  t.after(() => child.kill());
  const { walk, settleWith } = walking();
  child.kill();
  await once(child, 'exit');
  const { book } = settleWith(await walk(child.pid ?? 0, recorder()));

  assert.equal(!book.ok && book.reason, 'gone');
});

test('without smaps the book is missing and the totals of smaps_rollup stand', async (t) => {
  const { book, rollup } = await madeWalks(t).poll(1000);

  assert.ok(!book.ok && rollup.ok);
});

test('files on a tmpfs that is mounted after the first walk are shared memory as of the next one', async (t) => {
  const { folder, poll } = madeWalks(t);
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
