import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Spread, spreadOf } from '../../bench/statistics.ts';
import { heldBy } from '../../bench/usage.ts';
import { answer, freePort, startChild } from '../../scripts/child.ts';
import { locate, startPrometheus } from '../programs.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const mib = 1024 ** 2;

/** Seconds: with a poll in each, 8 of them are as much work as 2 minutes at the usual interval. */
const settle = 30;
const window = 30;
const between = 15;

test('memgap keeps to 26 MiB of anonymous memory with one target, and does not grow', async (t) => {
  if (!existsSync(join(root, 'dist/memgap.cjs'))) return t.skip('dist/memgap.cjs is not there, run: npm run build');
  const program = locate('prometheus');
  if (!program.ok) return t.skip(program.detail);

  const pid = await memgapBesidePrometheus(t, program.value);
  await sleep(settle * 1000);
  const early = await watch(pid);
  await sleep(between * 1000);
  const late = await watch(pid);

  const shown = [early, late].map(({ median, least, most }) => `${inMib(median)} (${inMib(least)} to ${inMib(most)})`);
  const seen = `${process.version}: RssAnon ${shown.join(', then ')} MiB`;
  t.diagnostic(seen);
  assert.ok(Math.max(early.median, late.median) <= 26 * mib, seen);
  // The heap is a sawtooth of 4 MB (engine/collect-garbage.ts) whose teeth are longer than a window: growth is what passes the tip of the
  // first.
  assert.ok(late.least - early.most <= mib, seen);
});

/** Starts a Prometheus that scrapes itself and, each second, a shipped memgap on this node that watches it. */
async function memgapBesidePrometheus(t: TestContext, program: string): Promise<number> {
  const port = await freePort();
  const prometheus = await startPrometheus(program, (own) => prometheusYml(own, port));
  t.after(prometheus.stop);
  const folder = mkdtempSync(join(tmpdir(), 'memgap-footprint-'));
  t.after(() => rmSync(folder, { recursive: true }));

  const file = join(folder, 'memgap.yml');
  const go = { pprof: `${prometheus.url}/debug/pprof` };
  const target = { name: 'prometheus', go, process: { pid: prometheus.pid } };
  writeFileSync(file, JSON.stringify({ poll_interval: '1s', targets: [target] })); // JSON is YAML
  const args = ['serve', '--config.file', file, '--web.listen-address', `127.0.0.1:${port}`];
  const memgap = await startChild('memgap', join(root, 'bin/memgap'), args, { MEMGAP_NODE: process.execPath });
  t.after(memgap.stop);
  await answer(memgap, `http://127.0.0.1:${port}/-/ready`);
  return memgap.pid;
}

async function watch(pid: number): Promise<Spread> {
  const seen: number[] = [];
  for (let second = 0; second < window; second += 1) {
    seen.push(heldBy(pid).anon);
    await sleep(1000);
  }
  return spreadOf(seen);
}

function inMib(count: number): string {
  return (count / mib).toFixed(2);
}

function prometheusYml(own: number, memgap: number): string {
  return `global: { scrape_interval: 1s }
scrape_configs:
  - job_name: prometheus
    static_configs: [{ targets: ["127.0.0.1:${own}"] }]
  - job_name: memgap
    static_configs: [{ targets: ["127.0.0.1:${memgap}"] }]
`;
}
