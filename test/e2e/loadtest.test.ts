import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { type Lab, locate, locateLab, startLab, startPrometheus } from '../programs.ts';
import { memgap, memgapCommand, ran, until, writeConfig } from './memgap.ts';

const mib = 1024 ** 2;

async function lab(t: { after(stop: () => Promise<void>): void }): Promise<Lab | string> {
  const program = locateLab('go-newest-cgo');
  if (!program.ok) return program.detail;
  const started = await startLab(program.value);
  t.after(() => started.stop());
  return started;
}

/** A load as a script for node, so that no other program need be there: it asks these paths of the lab, one after the other. */
function asking(program: { readonly address: string }, ...paths: readonly string[]): string {
  const script = `for (const path of ${JSON.stringify(paths)}) { const r = await fetch('http://${program.address}' + path); await r.text(); if (!r.ok) process.exit(7); }`;
  return `'${process.execPath}' --input-type=module -e "${script.replaceAll('"', '\\"')}"`;
}

const brief = ['--settle', '1s'];

test('a load that keeps 8 MiB of C memory is a leak, by component and bytes, and fails the build that says so', async (t) => {
  const program = await lab(t);
  if (typeof program === 'string') return t.skip(program);
  const out = writeConfig('leak.json', '');
  const url = `http://${program.address}/debug/pprof`;
  const run = asking(program, '/cgo/grow?mib=8', '/grow?mib=30', '/drop');
  const limit = 'growth c_malloc > 5MiB/cycle';

  const { code, stdout, stderr } = await memgap([
    'loadtest',
    url,
    ...brief,
    '--process.memory-reads',
    '--run',
    run,
    '--fail-if',
    limit,
    '--out',
    out,
  ]);

  assert.equal(code, 3, stderr + stdout);
  assert.match(stdout, /^LEAK: after each of 3 loads more stays in c_malloc$/m);
  assert.match(stdout, /^--fail-if growth c_malloc > 5MiB\/cycle: FAILED/m);
  const { verdict, sizes, phases } = JSON.parse(readFileSync(out, 'utf8'));
  assert.equal(verdict, 'leak');
  assert.ok(Math.abs(sizes.c_malloc.growth_per_cycle - 8 * mib) <= 0.05 * 8 * mib, `${sizes.c_malloc.growth_per_cycle}`);
  assert.deepEqual(
    phases.map((each: { phase: string }) => each.phase),
    ['idle', 'load', 'after', 'load', 'after', 'load', 'after'],
  );
  assert.equal(phases[0].ledger.schema, 1);
});

test('a load that keeps 8 MiB of Go heap is a leak of the live heap, under whatever garbage', async (t) => {
  const program = await lab(t);
  if (typeof program === 'string') return t.skip(program);
  const run = asking(program, '/grow?mib=60', '/drop', '/leak/live-heap?mib=8');
  const leaks = await (await fetch(`http://${program.address}/leaks`)).text();
  assert.ok(leaks.includes('live-heap'), leaks);

  const { code, stdout, stderr } = await memgap(['loadtest', `http://${program.address}/debug/pprof`, ...brief, '--run', run, '--json']);

  assert.equal(code, 0, stderr);
  const { verdict, sizes } = JSON.parse(stdout);
  assert.equal(verdict, 'leak');
  assert.ok(Math.abs(sizes.heap_live.growth_per_cycle - 8 * mib) <= 0.05 * 8 * mib, `${sizes.heap_live.growth_per_cycle}`);
  assert.equal(sizes.c_malloc.shape, 'flat');
});

test('heap that is let go after each load is a plateau, by marks too', async (t) => {
  const program = await lab(t);
  if (typeof program === 'string') return t.skip(program);
  const words = ['loadtest', `http://${program.address}/debug/pprof`, '--mark', '--fail-if', 'leak', '--fail-if', 'growth > 5MiB/cycle'];
  const child = spawn('sh', ['-c', await memgapCommand(words)], { env: { ...process.env, MEMGAP_NODE: process.execPath } });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  t.after(() => child.kill());
  const says = (text: string) => until(() => stderr.includes(text) || child.exitCode !== null);

  await says('idle:');
  child.stdin.write('\n');
  for (let cycle = 1; cycle <= 3; cycle += 1) {
    await says(`load ${cycle} of 3`);
    await program.ask('/grow?mib=100');
    child.stdin.write('after\n');
    await program.ask('/drop');
    await says(`after ${cycle} of 3`);
    child.stdin.write('\n');
  }
  await until(() => child.exitCode !== null);

  assert.equal(child.exitCode, 0, stderr + stdout);
  assert.match(stdout, /^(PLATEAU, no leak|NO LEAK): /m);
});

test('Prometheus under queries is not called a leak', async (t) => {
  const program = locate('prometheus');
  if (!program.ok) return t.skip(program.detail);
  const prometheus = await startPrometheus(
    program.value,
    (port) =>
      `global: { scrape_interval: 1s }\nscrape_configs: [{ job_name: self, static_configs: [{ targets: ['127.0.0.1:${port}'] }] }]\n`,
  );
  t.after(() => prometheus.stop());
  const query = '/api/v1/query_range?query=sum(rate(prometheus_http_requests_total[5s]))&step=1&start=0&end=9';
  const run = asking({ address: `127.0.0.1:${prometheus.port}` }, ...Array<string>(150).fill(query), ...Array<string>(20).fill('/metrics'));

  const { code, stdout, stderr } = await memgap(['loadtest', `${prometheus.url}/debug/pprof`, ...brief, '--run', run, '--fail-if', 'leak']);

  assert.equal(code, 0, stderr + stdout);
  assert.doesNotMatch(stdout, /^LEAK/m);
});

test('where the mappings may not be read, memory outside of Go is judged all the same, and the report says how', async (t) => {
  const program = locateLab('go-newest-pure');
  if (!program.ok) return t.skip(program.detail);
  if (process.getuid?.() !== 0) return t.skip('needs root, to become another user');
  const path = join(mkdtempSync(join(tmpdir(), 'memgap-denied-')), 'lab');
  t.after(() => rmSync(dirname(path), { recursive: true }));
  copyFileSync(program.value, path);
  chmodSync(dirname(path), 0o755);
  const user = ['--reuid=64321', '--regid=64321', '--clear-groups', path, '-listen', '127.0.0.1:0'];
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...user], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill());
  let ready = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    ready += text;
  });
  await until(() => ready.includes('\n') || child.exitCode !== null);
  const [, pid = '', address = ''] = /^ready (\d+) (\S+)/.exec(ready) ?? [];
  const words = [pid, '--target.pprof', `http://${address}/debug/pprof`, ...brief, '--run', asking({ address }, '/leak/mmap?mib=8')];
  const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const command = `${await memgapCommand(['loadtest'])} ${quoted} --fail-if leak`;

  const { code, stdout, stderr } = await ran('setpriv', ['--bounding-set=-all', '--inh-caps=-all', 'sh', '-c', `exec ${command}`]);

  assert.equal(code, 3, stderr + stdout);
  assert.match(stdout, /^LEAK: after each of 3 loads more stays in unexplained$/m);
  assert.match(stdout, /^note: the owners of RSS are not known: .*smaps/m);
});

test('a wrong command line is told before anything is done', async () => {
  const wrong = async (...words: string[]) => {
    const { code, stderr } = await memgap(['loadtest', '1', ...words]);
    assert.equal(code, 2, stderr);
    return stderr;
  };

  assert.match(await wrong(), /give --run CMD, or --mark/);
  assert.match(await wrong('--run', 'true', '--mark'), /give --run CMD, or --mark/);
  assert.match(await wrong('--run', 'true', '--cycles', '0'), /--cycles: a whole number/);
  assert.match(await wrong('--run', 'true', '--settle', 'soon'), /--settle: a duration/);
  assert.match(await wrong('--run', 'true', '--fail-if', 'growth > soon'), /growth > soon\n {9}\^ expected a size/);
});
