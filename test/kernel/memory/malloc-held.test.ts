import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { mallocHeld } from '../../../src/kernel/memory/malloc-held.ts';
import { smaps } from '../../../src/kernel/memory/smaps.ts';
import { locateLab, startLab } from '../../programs.ts';
import { asNobody, here, noPid, sleeper } from '../process/processes.ts';

const { signal } = new AbortController();
const mib = 1024 ** 2;

/** Where heaps of malloc may lie in a process. */
async function placesIn(pid: number) {
  const walk = await smaps.read({ pid, paths: here }, signal);
  assert.ok(walk.ok);
  const brk = walk.value.filter(({ path }) => path === '[heap]');
  const arenas = walk.value.filter(({ flags, permissions, path }) => path === '' && permissions === 'rw-p' && flags.includes('nr'));
  return { brk, arenas };
}

/** A lab with 64 MiB of a leak, and what its heaps hold. */
async function heldBy(t: TestContext, program: string, leak: string) {
  const lab = await startLab(program);
  t.after(lab.stop);
  const answer = await fetch(`http://${lab.address}/leak/${leak}?mib=64`);
  assert.equal(answer.status, 200);
  const reading = await mallocHeld.read({ pid: lab.pid, paths: here, ...(await placesIn(lab.pid)) }, signal);
  assert.ok(reading.ok, JSON.stringify(reading));
  return reading.value;
}

test('blocks in use are in use, and of fifteen in sixteen that were freed most is free: arenas of threads and brk', async (t) => {
  for (const name of ['go1.19-cgo', 'go-newest-cgo'] as const) {
    const program = locateLab(name);
    if (!program.ok) return t.skip(program.detail);
    for (const leak of ['malloc-small', 'malloc-many-threads']) {
      const used = await heldBy(t, program.value, leak);
      assert.ok(used.resident > 64 * mib && used.free < mib, `${name}, ${leak}: ${JSON.stringify(used)}`);
    }
    const freed = await heldBy(t, program.value, 'malloc-fragmented');
    assert.ok(Math.abs(freed.free - (64 * mib * 15) / 16) < 4 * mib, `${name}: ${JSON.stringify(freed)}`);
    assert.ok(freed.trimmable > freed.free / 2 && freed.trimmable <= freed.free);
  }
});

test('where there is no heap, no process or no right, that is told', async (t) => {
  const nowhere = await mallocHeld.read({ pid: process.pid, paths: here, brk: [], arenas: [] }, signal);
  assert.ok(!nowhere.ok && nowhere.reason === 'unsupported');
  const elsewhere = { paths: here, brk: [{ start: 65_536, end: 131_072 }], arenas: [{ start: 64 * mib, end: 128 * mib }] };
  const none = await mallocHeld.read({ ...elsewhere, pid: noPid }, signal);
  assert.ok(!none.ok && none.reason === 'gone');
  const pid = await sleeper(t);
  const empty = await mallocHeld.read({ ...elsewhere, pid }, signal);
  assert.ok(!empty.ok && empty.reason === 'unsupported');
  if (process.getuid?.() !== 0) return t.skip('needs root, to give up its rights');
  const denied = await asNobody(() => mallocHeld.read({ ...elsewhere, pid }, signal));
  assert.ok(!denied.ok && denied.reason === 'denied');
});
