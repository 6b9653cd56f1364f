import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Lab, labs, locateLab, startLab } from '../programs.ts';

const mib = 1024 ** 2;

for (const name of labs) {
  test(`the lab ${name} moves its memory as asked`, async (t) => {
    const path = locateLab(name);
    if (!path.ok) return t.skip(path.detail);
    const lab = await startLab(path.value);
    t.after(() => lab.stop());

    const before = await memstats(lab);
    await lab.ask('/grow?mib=30');
    const grown = await memstats(lab);
    assert.ok(grown.HeapAlloc - before.HeapAlloc >= 29 * mib, 'the heap holds what was grown'); // garbage of before may have gone

    await lab.ask('/drop');
    await lab.ask('/free');
    const freed = await memstats(lab);
    assert.ok(grown.HeapAlloc - freed.HeapAlloc >= 25 * mib, 'the heap lets go of it');
    assert.ok(freed.HeapReleased - before.HeapReleased >= 20 * mib, 'and gives it back');
    assert.equal(freed.Sys - freed.HeapReleased < grown.Sys - grown.HeapReleased, true);
  });

  test(`the lab ${name} starts goroutines and threads as asked`, async (t) => {
    const path = locateLab(name);
    if (!path.ok) return t.skip(path.detail);
    const lab = await startLab(path.value);
    t.after(() => lab.stop());

    await lab.ask('/goroutines?n=500');
    await lab.ask('/threads?n=20');

    assert.ok(statusOf(lab.pid, 'Threads') > 20); // idle ones take some of the twenty goroutines
    const [, goroutines] = /goroutine profile: total (\d+)/.exec(await text(lab, '/debug/pprof/goroutine?debug=1')) ?? [];
    assert.ok(Number(goroutines) >= 520, `${goroutines} goroutines`);
  });
}

for (const name of ['go1.19-cgo', 'go-newest-cgo'] as const) {
  test(`the lab ${name} takes memory that the Go runtime does not know`, async (t) => {
    const path = locateLab(name);
    if (!path.ok) return t.skip(path.detail);
    const lab = await startLab(path.value);
    t.after(() => lab.stop());

    const before = { sys: (await memstats(lab)).Sys, anon: statusOf(lab.pid, 'RssAnon') };
    await lab.ask('/cgo/grow?mib=40');
    const grown = { sys: (await memstats(lab)).Sys, anon: statusOf(lab.pid, 'RssAnon') };

    assert.ok(grown.anon - before.anon >= 40 * 1024, 'the kernel sees it');
    assert.ok(grown.sys - before.sys < 20 * mib, 'the Go runtime does not');
    await lab.ask('/cgo/free');
    assert.ok(statusOf(lab.pid, 'RssAnon') < grown.anon - 30 * 1024);
  });
}

test('the pure lab has no C memory to offer', async (t) => {
  const path = locateLab('go1.19-pure');
  if (!path.ok) return t.skip(path.detail);
  const lab = await startLab(path.value);
  t.after(() => lab.stop());

  await assert.rejects(lab.ask('/cgo/grow?mib=1'), /501/);
});

test('the lab answers on a unix socket', async (t) => {
  const path = locateLab('go1.19-pure');
  if (!path.ok) return t.skip(path.detail);
  const folder = mkdtempSync(join(tmpdir(), 'memgap-lab-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const socketPath = join(folder, 'lab.sock');
  const lab = await startLab(path.value, `unix:${socketPath}`);
  t.after(() => lab.stop());

  assert.equal(lab.address, socketPath);
  const status = await new Promise((resolve, reject) => {
    request({ socketPath, path: '/debug/vars' }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });
  assert.equal(status, 200);
});

test('the lab ends when it is stopped', async (t) => {
  const path = locateLab('go1.19-pure');
  if (!path.ok) return t.skip(path.detail);
  const lab = await startLab(path.value);

  await lab.stop();

  assert.equal(lab.ended(), 'signal SIGTERM');
  assert.throws(() => process.kill(lab.pid, 0), { code: 'ESRCH' });
});

interface MemStats {
  readonly Sys: number;
  readonly HeapAlloc: number;
  readonly HeapReleased: number;
}

async function memstats(lab: Lab): Promise<MemStats> {
  return JSON.parse(await text(lab, '/debug/vars')).memstats;
}

async function text(lab: Lab, path: string): Promise<string> {
  return (await fetch(`http://${lab.address}${path}`)).text();
}

/** A line of /proc/PID/status: a count, or KiB. */
function statusOf(pid: number, key: string): number {
  const [, value] = new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(value);
}
