import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { explainText } from '../../src/answer/text.ts';
import { bytes } from '../../src/model/units.ts';
import { createWatch } from '../../src/poll/watch.ts';
import { metricsPage } from '../../src/serve/metrics/page.ts';
import { createRecord } from '../../src/watch/record.ts';
import { makeGroup } from '../kernel/cgroup/groups.ts';
import { folder, here, start, stateOf, until as untilTrue } from '../kernel/process/processes.ts';
import { endpointOf } from '../net/loopback.ts';
import { goPages, goServer } from '../poll/go-server.ts';
import { type BadEndpoint, badEndpoints, slowEndpoints } from './bad-endpoints.ts';
import { memgap, metricsOf, type Serving, serveMemgap, until, writeConfig } from './memgap.ts';

const mib = 1024 ** 2;

/** One poll of a target that is this very process, with a bad endpoint; watched for long, so that nothing is excused as not there yet. */
async function judge(t: TestContext, bad: BadEndpoint, deadline: number): Promise<void> {
  const endpoint = endpointOf(t, bad.url, { bodySizeLimit: bytes(mib) });
  const watch = createWatch(
    { name: bad.name, go: { [bad.kind]: endpoint }, process: { by: 'pid', pid: process.pid } },
    { paths: here, onBug: (error, source) => assert.fail(`${bad.name}: ${source}: ${error}`) },
  );
  const record = createRecord(bad.name, -1000);
  record.accept(await watch.poll(AbortSignal.timeout(deadline)), 0);
  await watch.close();
  const state = record.state(0, 1);
  const outcome = state.ledger?.snapshot.sources[bad.source];
  assert.equal(outcome?.ok === false && outcome.reason, bad.reason, `${bad.name}: ${JSON.stringify(outcome)}`);
  assert.match(outcome?.ok === false ? outcome.detail : '', bad.detail, bad.name);

  const { value } = metricsOf((await metricsPage({ targets: [state], self: undefined }, undefined)).body);
  const { source, reason } = bad;
  assert.equal(value('memgap_source_up', { source }), 0, bad.name);
  assert.equal(value('memgap_source_errors_total', { source, reason }), 1, bad.name);
  assert.equal(value('memgap_go_sys_bytes'), undefined, bad.name);
  for (const other of ['stat', 'status', 'cgroup']) assert.equal(value('memgap_source_up', { source: other }), 1, `${bad.name}: ${other}`);
  assert.ok((value('memgap_rss_bytes') ?? 0) > 10 * mib, `${bad.name}: the process stands`);
  const explained = explainText(state.ledger ?? assert.fail(bad.name), { color: false });
  assert.ok(explained.includes(`${source}: ${reason}  `), `${bad.name}: ${explained}`);
  assert.doesNotMatch(explained, /hunter2/);
}

test('every bad endpoint: the reason in the metrics and on /explain, and the other sources stand', async (t) => {
  for (const bad of await badEndpoints(t)) await judge(t, bad, 10_000);
});

test('an endpoint that hangs or never ends: the same, at its deadline or its cap', async (t) => {
  for (const bad of await slowEndpoints(t)) await judge(t, bad, bad.reason === 'timeout' ? 2000 : 10_000);
});

test('the text of MemStats inside a symbol earlier in the body changes nothing', async (t) => {
  const server = await goServer(t);
  const symbol = '#\t0x1\tevil.func # runtime.MemStats\n# Sys = 1\n#\t0x2\t# runtime.MemStats+0x1\tx.go:1\n';
  server.answer('heap', (_, response) => response.end(goPages.heap.replace('\n', `\n${symbol}`)));
  const watch = createWatch({ name: 'x', go: { pprof: server.endpoints.pprof }, process: undefined }, { paths: here, onBug: assert.fail });
  const { snapshot } = await watch.poll(AbortSignal.timeout(5000));
  const [, sys] = /^# Sys = (\d+)$/m.exec(goPages.heap) ?? [];
  assert.equal(snapshot.go.ok && snapshot.go.value.memstats.sys, Number(sys));
});

test('one memgap that watches all of them at once lives, shows each reason, and still sees the good one', async (t) => {
  const bad = [...(await badEndpoints(t)), ...(await slowEndpoints(t))];
  const good = await goServer(t);
  const targets = bad.map(
    ({ name, kind, url }) => `{ name: "${name}", go: { ${kind}: "${url}" }, process: { pid: ${process.pid} }, body_size_limit: 1MiB }`,
  );
  targets.push(`{ name: good, go: { expvar: "${good.endpoints.expvar.url}" } }`);
  const config = `poll_interval: 6s\npoll_timeout: 5s\ntargets:\n${targets.map((target) => `  - ${target}\n`).join('')}`;
  const serving = await serveMemgap(t, ['--config.file', writeConfig('bad-endpoints.yml', config)]);

  // two rounds: the second is the one that may trip over what the first left behind
  const round = async () => (await serving.metrics()).by('memgap_snapshot_timestamp_seconds', 'target');
  await until(async () => Object.keys(await round()).length === bad.length + 1);
  const first = await round();
  await until(async () => Object.entries(await round()).every(([target, at]) => at > (first[target] ?? 0)));

  for (const { name, source, reason, detail } of bad) {
    let body = '';
    await until(async () => {
      body = (await serving.get(`/explain?target=${encodeURIComponent(name)}`)).body;
      // on a busy machine any poll may end at its deadline: that one is not judged
      return reason === 'timeout' || !body.includes(`${source}: timeout  `);
    });
    assert.ok(body.includes(`${source}: ${reason}  `), body);
    assert.match(body, detail);
    const { by, value } = await serving.metrics();
    assert.equal(value('memgap_source_up', { target: name, source }), 0, name);
    assert.equal(value('memgap_target_up', { target: name }), 1, `${name}: its process is there`);
    // not there yet is no error in the first minute
    const counted = by('memgap_source_errors_total', 'reason', { target: name, source })[reason];
    if (!['unreachable', 'not-found'].includes(reason)) assert.ok((counted ?? 0) >= 1, `${name} ${reason} ${counted}`);
  }
  const { Sys } = JSON.parse(goPages.expvar).memstats;
  await until(async () => (await serving.metrics()).value('memgap_go_sys_bytes', { target: 'good' }) === Sys);
  assert.equal(serving.ended(), undefined);
  assert.doesNotMatch(serving.log(), /bug in memgap/);
});

/** A file name with all that a terminal, a page, a log or a parser of /proc may trip over. */
const hostile = 'a ) S 1 (b\n\u001b[31m<script>alert(1)&"\' \u202e';

/**
 * No raw byte of it may reach a terminal, no tag of it a browser; plain text and JSON may hold a tag, for they are served as what they are.
 */
function harmless(text: string, what: string, html = false): void {
  assert.equal(text.includes('\u001b'), false, what);
  assert.equal(text.includes('\u202e'), false, what);
  assert.equal(text.includes('(b\n'), false, what);
  if (html) assert.equal(text.includes('<script'), false, what);
}

/** A copy of sleep that runs under that name. */
async function startHostile(t: TestContext): Promise<{ readonly pid: number; readonly path: string }> {
  const directory = join(folder(t), hostile);
  mkdirSync(directory);
  const path = join(directory, hostile);
  copyFileSync('/bin/sleep', path);
  return { pid: await start(t, path, ['600']), path };
}

test('a process with a hostile name is read like any other', async (t) => {
  const { pid } = await startHostile(t);
  const { code, stdout } = await memgap(['explain', String(pid)]);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /RSS +\d/);
  harmless(stdout, 'the explanation');
});

test('hostile names are shown made harmless: in the log, on every page, in the terminal', async (t) => {
  const first = await startHostile(t);
  const [one, other] = [await startHostile(t), await startHostile(t)];
  const group = makeGroup(t, 'hostile');
  if (!group.ok) return t.skip(group.detail);
  group.value.add(first.pid);
  const server = await goServer(t);
  server.answer('metrics', (_, response) =>
    response.end(goPages.metrics.replace(/go_info\{version="[^"]*"/, 'go_info{version="go1 <script>alert(1)</script>&"')),
  );
  const config = `poll_interval: 1s
targets:
  - { name: several, process: { cgroup: ${group.value.path} } }
  - { name: version, go: { metrics: "${server.endpoints.metrics.url}" } }
`;
  const serving = await serveMemgap(t, ['--config.file', writeConfig('hostile.yml', config)]);
  const up = async (target: string) => (await serving.metrics()).value('memgap_target_up', { target });
  await until(async () => (await up('version')) === 1 && (await up('several')) === 1);
  group.value.add(one.pid);
  group.value.add(other.pid);
  process.kill(first.pid, 'SIGKILL'); // two are left, so it can't be told which is meant: the reason names both, in the log too
  await until(async () => (await up('several')) === 0);

  await eachPage(serving, ['several', 'version'], harmless);
  const named = `${one.pid} \\(.*\\\\x1b\\[31m.*${other.pid} \\(`;
  assert.match((await serving.get('/explain?target=several')).body, new RegExp(`process: mismatch .*${named}`));
  assert.match(serving.log(), /target is down.*2 processes are/);
  harmless(serving.log(), 'the log');
  harmless((await memgap(['explain', '--target.cgroup', group.value.path])).stdout, 'the terminal');
  assert.match((await serving.get('/metrics')).body, /go_version="go1 <script>alert\(1\)<\/script>&"/);
  assert.match((await serving.get('/explain?format=html&target=version')).body, /go1 &lt;script&gt;alert\(1\)/);
});

async function eachPage(serving: Serving, targets: readonly string[], check: typeof harmless): Promise<void> {
  const pages = ['/metrics', '/', '/api/v1/targets'];
  for (const target of targets) {
    for (const page of ['/probe?', '/explain?', '/explain?format=html&', '/api/v1/ledger?']) pages.push(`${page}target=${target}`);
  }
  for (const page of pages) {
    const { body, type } = await serving.get(page);
    check(body, page, type.startsWith('text/html'));
  }
}

test('a program whose file was replaced while it runs is still found by its name', async (t) => {
  const name = `memgap-test-deleted-${process.pid}`;
  const path = join(folder(t), name);
  copyFileSync('/bin/sleep', path);
  const pid = await start(t, path, ['600']);
  unlinkSync(path);

  const { code, stdout } = await memgap(['explain', '--target.exe', name]);
  assert.equal(code, 0, stdout);
  assert.match(stdout, new RegExp(`pid ${pid} `));
  assert.match(stdout, /build_info: unsupported .*not a Go program/, 'its executable can still be read');
});

test('a zombie is gone: its memory is', async (t) => {
  const parent = spawn('sh', ['-c', 'sleep 0 & exec sleep 600'], { stdio: 'ignore' });
  await once(parent, 'spawn');
  t.after(() => parent.kill('SIGKILL'));
  let zombie = 0;
  await untilTrue(() => {
    zombie = Number(readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, 'latin1').trim());
    return zombie > 0 && stateOf(zombie) === 'Z';
  });

  const { code, stdout } = await memgap(['explain', String(zombie)]);
  assert.equal(code, 1);
  assert.match(stdout, /process: gone .*zombie/);
});

test('a process that ends while memgap runs leaves its reason and no number', async (t) => {
  const pid = await start(t, '/bin/sleep', ['600']);
  const serving = await serveMemgap(t, [
    '--target.pid',
    String(pid),
    '--target.name',
    'short',
    '--poll.interval',
    '1s',
    '--poll.timeout',
    '1s',
  ]);
  await until(async () => ((await serving.metrics()).value('memgap_rss_bytes') ?? 0) > 0);
  process.kill(pid, 'SIGKILL');
  await until(async () => (await serving.metrics()).value('memgap_target_up') === 0);
  const { value } = await serving.metrics();
  assert.equal(value('memgap_rss_bytes'), undefined);
  assert.equal(value('memgap_source_up', { source: 'process' }), 0);
  assert.match((await serving.get('/explain')).body, /process: gone/);
  assert.match(serving.log(), /level=warn msg="target is down" target=short why=.*has ended/);
});
