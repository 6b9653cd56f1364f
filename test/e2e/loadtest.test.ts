import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Lab, locate, locateLab, startLab, startPrometheus } from '../programs.ts';
import { memgap, memgapCommand, until, writeConfig } from './memgap.ts';

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

test('a load that fails, or takes too long, ends with its children, fails the test, and what was recorded is reported', async (t) => {
  const program = await lab(t);
  if (typeof program === 'string') return t.skip(program);
  const url = `http://${program.address}/debug/pprof`;
  const file = writeConfig('late.txt', '');

  const failed = await memgap(['loadtest', url, '--settle', '0s', '--run', 'exit 4']);
  const late = await memgap([
    'loadtest',
    url,
    '--settle',
    '0s',
    '--run-timeout',
    '1s',
    '--run',
    `(sleep 30; echo late >'${file}') & echo $! >'${file}'; wait`,
  ]);

  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /^memgap: load 1 ended with exit code 4$/m);
  assert.match(failed.stdout, /^note: the test was not finished: load 1 ended with exit code 4$/m);
  assert.equal(late.code, 1);
  assert.match(late.stderr, /load 1 was not done within 1s \(--run-timeout\)/);
  const child = readFileSync(file, 'utf8').trim();
  await until(() => !existsSync(`/proc/${child}`));
});

test('Ctrl-C ends the load and still reports; a process that ends is told', async (t) => {
  const program = await lab(t);
  if (typeof program === 'string') return t.skip(program);
  const url = `http://${program.address}/debug/pprof`;
  const pid = writeConfig('interrupted.txt', '');
  const words = await memgapCommand(['loadtest', url, '--settle', '0s', '--run', `echo $$ >${pid}; exec sleep 60`]);
  const child = spawn('sh', ['-c', `exec ${words}`], { env: { ...process.env, MEMGAP_NODE: process.execPath } });
  t.after(() => child.kill());
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });

  await until(() => readFileSync(pid, 'utf8').trim() !== '' || child.exitCode !== null);
  child.kill('SIGINT');
  await until(() => child.exitCode !== null);
  const killed = await memgap(['loadtest', url, '--settle', '0s', '--run', `kill ${program.pid}; sleep 1`]);

  assert.equal(child.exitCode, 1);
  assert.match(stdout, /the test was not finished: load 1 was interrupted/);
  assert.ok(!existsSync(`/proc/${readFileSync(pid, 'utf8').trim()}`));
  assert.equal(killed.code, 1);
  assert.match(killed.stderr, new RegExp(`the process ${program.pid} has ended`));
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
