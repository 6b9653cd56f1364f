import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { memStatsFromCounters } from '../../../src/goruntime/counters/counters-to-memstats.ts';
import { type KnownPlace, runtimeMemory } from '../../../src/goruntime/counters/runtime-memory.ts';
import { exe } from '../../../src/kernel/executable/exe.ts';
import { smaps } from '../../../src/kernel/memory/smaps.ts';
import { stat } from '../../../src/kernel/process/stat.ts';
import type { MemStats } from '../../../src/model/go.ts';
import { found, missing } from '../../../src/model/reading.ts';
import { asNobody, folder, here, noPid, sleeper } from '../../kernel/process/processes.ts';
import { labs, locate, locateLab, startLab, startPrometheus } from '../../programs.ts';

const { signal } = new AbortController();

/** The source's target for a process, its layout taken now. */
async function targetOf(pid: number, known?: KnownPlace) {
  const [identity, image, walk] = [
    stat.read({ pid, paths: here }),
    await exe.read({ pid, paths: here }, signal),
    await smaps.read({ pid, paths: here }, signal),
  ];
  assert.ok(identity.ok && image.ok && walk.ok);
  const layout = () => found({ mappings: walk.value, exe: image.value });
  return { pid, paths: here, identity: identity.value, known, layout };
}

/** The same, for which a second search would be an error. */
async function knownTargetOf(pid: number, known: KnownPlace) {
  return { ...(await targetOf(pid, known)), layout: () => missing('mismatch', 'sought again') };
}

const fields = [
  ['sys', 'Sys'],
  ['heapSys', 'HeapSys'],
  ['heapInuse', 'HeapInuse'],
  ['heapIdle', 'HeapIdle'],
  ['heapReleased', 'HeapReleased'],
  ['stackInuse', 'StackInuse'],
  ['stackSys', 'StackSys'],
  ['mspanSys', 'MSpanSys'],
  ['mcacheSys', 'MCacheSys'],
  ['buckHashSys', 'BuckHashSys'],
  ['gcSys', 'GCSys'],
  ['otherSys', 'OtherSys'],
] as const satisfies ReadonlyArray<readonly [keyof MemStats, string]>;

async function heapPage(url: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/debug/pprof/heap?debug=1`)).text();
  const page = new Map<string, number>();
  for (const [, name = '', first, second] of text.matchAll(/^# (\w+) = (\d+)(?: \/ (\d+))?$/gm)) {
    if (second === undefined) page.set(name, Number(first));
    else page.set(`${name}Inuse`, Number(first)).set(`${name}Sys`, Number(second));
  }
  return page;
}

/** Each number is that of the page before or of the page after, once the program has come to rest; `slack` for one that never does. */
async function agree(url: string, pid: number, name: string, slack = 0): Promise<void> {
  const first = await runtimeMemory.read(await targetOf(pid), signal);
  assert.ok(first.ok, `${name}: ${JSON.stringify(first)}`);
  const target = await knownTargetOf(pid, first.value.known);
  let differ: string[] = [];
  for (let round = 1; round <= 10; round += 1) {
    const before = await heapPage(url);
    const reading = await runtimeMemory.read(target, signal);
    const after = await heapPage(url);
    assert.ok(reading.ok, `${name}: ${JSON.stringify(reading)}`);
    const stats = memStatsFromCounters(reading.value.counters);
    assert.ok(stats.ok, JSON.stringify(stats));
    const { value } = stats;
    differ = fields.flatMap(([ours, theirs]) => {
      const count = value[ours];
      const pages = [before.get(theirs) ?? Number.NaN, after.get(theirs) ?? Number.NaN];
      return pages.some((page) => Math.abs(Number(count) - page) <= slack) ? [] : [`${theirs}: ${count}, not ${pages.join(' or ')}`];
    });
    if (differ.length === 0) return;
  }
  assert.fail(`${name}: ${differ.join('; ')}`);
}

test('the labs, at rest: MemStats to the byte, stacks and GC work apart', async (t) => {
  for (const name of labs) {
    const program = locateLab(name);
    if (!program.ok) return t.skip(program.detail);
    const lab = await startLab(program.value);
    t.after(lab.stop);
    await lab.ask('/grow?mib=30');
    await lab.ask('/goroutines?n=100');
    await agree(`http://${lab.address}`, lab.pid, name);
  }
});

test('a stripped program, and one with foreign memory planted among its arenas', async (t) => {
  const program = locateLab('go1.19-cgo');
  if (!program.ok) return t.skip(program.detail);
  const path = strippedCopy(t, program.value);
  if (path === undefined) return t.skip('strip is not installed');
  const lab = await startLab(path);
  t.after(lab.stop);
  await agree(`http://${lab.address}`, lab.pid, 'stripped');
  const answer = await fetch(`http://${lab.address}/leak/planted-among-arenas?mib=64`);
  assert.equal(answer.status, 200);
  await agree(`http://${lab.address}`, lab.pid, 'planted');
});

function strippedCopy(t: TestContext, program: string): string | undefined {
  const path = join(folder(t), 'stripped');
  copyFileSync(program, path);
  chmodSync(path, 0o755);
  try {
    execFileSync('strip', [path], { stdio: 'ignore' });
    return path;
  } catch {
    return undefined;
  }
}

test('a program that nobody here wrote', async (t) => {
  const program = locate('prometheus');
  if (!program.ok) return t.skip(program.detail);
  const server = await startPrometheus(program.value, () => 'global: {}\n');
  t.after(server.stop);
  await agree(server.url, server.pid, 'prometheus', 1024 ** 2); // it collects and grows by itself
});

test('under load: found, and read poll for poll without a second search', async (t) => {
  const program = locateLab('go-newest-pure');
  if (!program.ok) return t.skip(program.detail);
  const lab = await startLab(program.value);
  t.after(lab.stop);
  let ended = false;
  const load = (async () => {
    while (!ended) for (const path of ['/grow?mib=8&chunk=3', '/goroutines?n=20', '/drop', '/gc', '/free']) await lab.ask(path);
  })();
  try {
    let known: KnownPlace | undefined;
    for (let round = 0; round < 40; round += 1) {
      const reading = await runtimeMemory.read(known === undefined ? await targetOf(lab.pid) : await knownTargetOf(lab.pid, known), signal);
      assert.ok(reading.ok, JSON.stringify(reading));
      assert.ok(memStatsFromCounters(reading.value.counters).ok);
      assert.ok(known === undefined || reading.value.known.arenas >= known.arenas);
      known = reading.value.known;
    }
  } finally {
    ended = true;
    await load;
  }
});

test('what was learned of another process, or of the program before an exec, is not used', async (t) => {
  const program = locateLab('go1.19-pure');
  if (!program.ok) return t.skip(program.detail);
  const lab = await startLab(program.value);
  t.after(lab.stop);
  const target = await targetOf(lab.pid);
  const first = await runtimeMemory.read(target, signal);
  assert.ok(first.ok);
  const { known } = first.value;
  for (const stale of [
    { ...known, pid: known.pid + 1, heapAt: 4096 },
    { ...known, startTicks: known.startTicks + 1, heapAt: 4096 },
    { ...known, arenas: known.arenas * 64 }, // what a smaller program at the same addresses looks like
    { ...known, heapAt: known.heapAt + 8 },
  ]) {
    const reading = await runtimeMemory.read({ ...target, known: stale }, signal);
    assert.ok(reading.ok && reading.value.known.heapAt === known.heapAt, JSON.stringify(reading));
  }
});

test('a program that is not of Go has none, a process that is gone is gone, a missing right is denied', async (t) => {
  const pid = await sleeper(t);
  const target = await targetOf(pid);
  const sleep = await runtimeMemory.read(target, signal);
  assert.ok(!sleep.ok && sleep.reason === 'unsupported', JSON.stringify(sleep));
  const gone = await runtimeMemory.read({ ...target, pid: noPid }, signal);
  assert.ok(!gone.ok && gone.reason === 'gone');
  const unknown = await runtimeMemory.read({ ...target, layout: () => missing('denied', 'smaps: EACCES') }, signal);
  assert.deepEqual(unknown, missing('denied', 'smaps: EACCES'));
  if (process.getuid?.() !== 0) return t.skip('needs root, to give up its rights');
  const denied = await asNobody(() => runtimeMemory.read(target, signal));
  assert.ok(!denied.ok && denied.reason === 'denied' && /CAP_SYS_PTRACE/.test(denied.detail));
});
