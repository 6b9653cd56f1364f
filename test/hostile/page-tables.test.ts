import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pagemap } from '../../src/kernel/memory/pagemap.ts';
import { smaps } from '../../src/kernel/memory/smaps.ts';
import { smapsRollup } from '../../src/kernel/memory/smaps-rollup.ts';
import { status } from '../../src/kernel/process/status.ts';
import { here } from '../kernel/process/processes.ts';
import { locateHostile } from '../programs.ts';
import { startProcess } from './start.ts';

const mib = 1024 ** 2;
const { signal } = new AbortController();

/** What an action comes to, and how often the event loop came round meanwhile. */
async function turnsDuring<T>(action: () => Promise<T>): Promise<{ readonly value: T; readonly turns: number }> {
  let turns = 0;
  let next = setImmediate(function turn() {
    turns += 1;
    next = setImmediate(turn);
  });
  try {
    return { value: await action(), turns };
  } finally {
    clearImmediate(next);
  }
}

test('a process with 64 MiB of page tables and next to no RSS is walked while the event loop goes on', async (t) => {
  const program = locateHostile();
  if (!program.ok) return t.skip(program.detail);
  const hostile = await startProcess(program.value, 'page-tables');
  t.after(() => hostile.stop());
  const process = { pid: hostile.pid, paths: here };

  const told = status.read(process);
  assert.ok(told.ok && (told.value.vmPte ?? 0) >= 64 * mib && told.value.vmRss < 64 * mib, JSON.stringify(told));

  const { value: mappings, turns } = await turnsDuring(() => smaps.read(process, signal));
  assert.ok(mappings.ok, JSON.stringify(mappings));
  const giant = mappings.value.find(({ start, end }) => end - start >= 1024 * 32 * mib);
  assert.equal(giant?.rss, 0, 'one mapping of zero pages has all these tables');
  // some tens of thousands; on the event loop it would be one or two
  assert.ok(turns > 100, `${turns} turns of the event loop beside smaps`);
  const rollup = await turnsDuring(() => smapsRollup.read(process, signal));
  assert.ok(rollup.value.ok && rollup.turns > 100, `${rollup.turns} turns beside smaps_rollup`);
  const ranges = [{ start: giant?.start ?? 0, end: (giant?.start ?? 0) + 256 * mib }];
  const present = await turnsDuring(() => pagemap.read({ ...process, ranges }, signal));
  assert.ok(present.value.ok && present.turns > 1, `${present.turns} turns beside pagemap`);
});
