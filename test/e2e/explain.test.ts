import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePort } from '../../scripts/child.ts';
import { noPid, seesKernelThreads } from '../kernel/process/processes.ts';
import { type Lab, locate, locateLab, startLab, startPrometheus } from '../programs.ts';
import { memgap, memgapCommand, type Ran, ran, sum, writeConfig } from './memgap.ts';

const esc = '\u001b';

/** A lab for as long as the test runs; a reason to skip where there is none. */
async function lab(t: { after(stop: () => Promise<void>): void }): Promise<Lab | string> {
  const program = locateLab('go-newest-pure');
  if (!program.ok) return program.detail;
  const started = await startLab(program.value);
  t.after(() => started.stop());
  return started;
}

function succeeded({ code, stdout, stderr }: Ran): string {
  assert.equal(code, 0, stderr + stdout);
  assert.equal(stderr, '');
  return stdout;
}

test('explain --json of a live Prometheus satisfies the identities of the three books', async (t) => {
  const program = locate('prometheus');
  if (!program.ok) return t.skip(program.detail);
  const prometheus = await startPrometheus(program.value, () => 'scrape_configs: []\n');
  t.after(() => prometheus.stop());

  const { go, rss, cgroup, ...document } = JSON.parse(succeeded(await memgap(['explain', prometheus.url, '--json'])));

  assert.equal(document.schema, 1);
  assert.equal(document.target.pid, prometheus.pid, 'the process behind the URL was found by its port');
  assert.match(document.target.go_version, /^go1\./);
  assert.equal(typeof document.stable, 'boolean');

  // docs/how-it-works.md#the-go-book
  assert.equal(sum(go.components) + go.unattributed, go.total);
  assert.equal(go.used, go.total - go.released);
  assert.equal(go.reserved, go.components.heap_reserved);
  assert.equal(go.released, go.components.heap_released);
  assert.equal(go.fragmentation, go.components.heap_fragmentation);
  assert.equal(go.unattributed, 0);
  for (const size of [go.used, go.reserved, go.released, go.fragmentation]) assert.ok(Number.isSafeInteger(size) && size >= 0);

  assert.equal(sum(rss.kinds), rss.total);
  assert.equal(document.unexplained, rss.total - go.used);
  assert.equal(document.anon_not_in_go_accounts_at_least, Math.max(0, rss.kinds.anon - go.used));
  assert.ok(rss.peak >= rss.total);

  // section 3
  assert.equal(sum(cgroup.components) + cgroup.unattributed, cgroup.total);
  assert.equal(cgroup.working_set, Math.max(0, cgroup.total - cgroup.inactive_file));
  assert.ok(cgroup.unreclaimable <= cgroup.total);
  assert.ok(cgroup.levels_visible >= 1);
  assert.ok(cgroup.components.anon > 0);

  for (const [name, { ok, seconds, reason }] of Object.entries<Record<string, unknown>>(document.sources)) {
    assert.ok(ok, `${name}: ${reason}`);
    assert.ok(typeof seconds === 'number' && seconds >= 0);
  }
  assert.doesNotMatch(JSON.stringify([go, rss, cgroup, document]), /null/);
});

test('by pid, by URL and by configured name it is the same process', async (t) => {
  const running = await lab(t);
  if (typeof running === 'string') return t.skip(running);
  const url = `http://${running.address}/debug/pprof`;
  const config = writeConfig(
    'explain.yml',
    `targets:\n  - { name: operator, go: { pprof: "${url}" }, process: { pid: ${running.pid} } }\n  - { name: other, process: { pid: 1 } }\n`,
  );

  const byPid = succeeded(await memgap(['explain', String(running.pid)]));
  assert.match(byPid, new RegExp(`pid ${running.pid}`));
  assert.match(byPid, /go: disabled .*\n +-> give one of --target\.pprof/);
  const whole = succeeded(await memgap(['explain', String(running.pid), '--target.pprof', url]));
  assert.doesNotMatch(whole, /go: disabled/);
  const byUrl = succeeded(await memgap(['explain', url]));
  assert.match(byUrl, new RegExp(`pid ${running.pid} `));
  const byName = succeeded(await memgap(['explain', '--config.file', config, 'operator']));
  assert.match(byName, new RegExp(`^operator {2}pid ${running.pid} `));
  for (const text of [whole, byUrl, byName]) {
    for (const line of [/^Container/m, /usage +\d/, /^Process$/m, /RSS +\d/, /^Go runtime$/m, /Sys .*\d/, /live heap.*\d+/])
      assert.match(text, line);
  }

  const unnamed = await memgap(['explain', '--config.file', config]);
  assert.equal(unnamed.code, 2);
  assert.match(unnamed.stderr, /which target\?.*operator, other/);
  const unknown = await memgap(['explain', '--config.file', config, 'nobody']);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /no target is named "nobody": there are operator, other/);
});

test('a pipe gets no escape code, whatever the variables say; a terminal gets color, unless NO_COLOR', async (t) => {
  const running = await lab(t);
  if (typeof running === 'string') return t.skip(running);
  const pid = String(running.pid);
  assert.equal(succeeded(await memgap(['explain', pid], { FORCE_COLOR: '1', TERM: 'xterm-256color' })).includes(esc), false);

  const script = await ran('script', ['--version']).catch(() => undefined);
  if (script?.code !== 0) return t.skip('script of util-linux is not there: no terminal to try');
  const command = await memgapCommand(['explain', pid]);
  const onTerminal = async (extra: NodeJS.ProcessEnv) =>
    (await ran('script', ['-qec', command, '/dev/null'], { TERM: 'xterm', NO_COLOR: '', ...extra })).stdout;
  assert.ok((await onTerminal({})).includes(`${esc}[1m`), 'bold headings');
  assert.equal((await onTerminal({ NO_COLOR: '1' })).includes(esc), false);
  assert.equal((await onTerminal({ TERM: 'dumb' })).includes(esc), false);
  const piped = await ran('sh', ['-c', `${command} | head -n 1; exit 0`]);
  assert.deepEqual([piped.code, piped.stderr], [0, ''], 'a reader that has gone is no failure');
});

test('a command line that is wrong ends with 2 and says what to do', async () => {
  for (const [args, stderr] of [
    [['explain', 'operator'], /"operator" is no pid and no URL; a name needs --config\.file/],
    [['explain', '1', '2'], /one pid, URL or name/],
    [['explain', '1', '--web.listen-address', ':1'], /--web\.listen-address is a flag of serve, not of explain/],
    [['explain', '0'], /--target\.pid/],
    [['explain', 'http://user:secret@127.0.0.1:1/'], /user/],
    [['explain', '--target.pid', 'x'], /--target/],
    [['explian', '1'], /no command "explian": there are serve, explain, record, doctor, .*check-config/],
  ] as const) {
    const { code, stdout, stderr: told } = await memgap(args);
    assert.equal(code, 2, told);
    assert.equal(stdout, '');
    assert.match(told, stderr);
    assert.doesNotMatch(told, /secret/);
  }
});

test('a pid that nobody has: nothing was read, so the exit code is 1 and the reason stands there', async () => {
  const { code, stdout } = await memgap(['explain', '4194303']);
  assert.equal(code, 1);
  assert.match(stdout, /process: gone|stat: gone/);
  assert.match(stdout, /4194303/);
  assert.equal((await memgap(['explain', String(noPid)])).code, 2, 'a pid that Linux never gives is a mistake of the command line');
});

test('a kernel thread has no memory of its own', async (t) => {
  if (!seesKernelThreads()) return t.skip('needs to see the kernel threads');
  const { code, stdout } = await memgap(['explain', '2']);
  assert.equal(code, 1);
  assert.match(stdout, /status: unsupported .*kernel thread/);
});

test('an endpoint that is not there costs the Go numbers alone, and says what to check', async (t) => {
  const running = await lab(t);
  if (typeof running === 'string') return t.skip(running);
  const url = `http://127.0.0.1:${await freePort()}/debug/pprof`;

  const text = succeeded(await memgap(['explain', String(running.pid), '--target.pprof', url]));
  assert.match(text, /pprof_heap: unreachable .*nobody listens there\n +-> check that the program serves there/);
  assert.match(text, /RSS +\d/);

  const alone = await memgap(['explain', url]);
  assert.equal(alone.code, 1);
  assert.match(alone.stdout, /Sys.*not known: unreachable/);
});

test('a program that has no such page says so', async (t) => {
  const running = await lab(t);
  if (typeof running === 'string') return t.skip(running);
  const text = succeeded(await memgap(['explain', String(running.pid), '--target.metrics', `http://${running.address}/metrics`]));
  assert.match(text, /metrics: not-found .*HTTP 404; check the path/);
});

test('without the right to look into the process, each denied line says which right is missing', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root, to become another user');
  const running = await lab(t);
  if (typeof running === 'string') return t.skip(running);
  const command = await memgapCommand(['explain', String(running.pid), '--target.expvar', `http://${running.address}/debug/vars`]);
  // the bundle lies in a folder of root's alone
  await ran('chmod', ['-R', 'a+rX', command.replace(/^'(.*)\/bin\/memgap'.*$/, '$1')]);
  const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', '--inh-caps=-all', '--bounding-set=-all', 'sh', '-c'];
  const tried = await ran('setpriv', [...asNobody, '"$MEMGAP_NODE" --version']);
  if (tried.code !== 0) return t.skip('another user cannot run the node of this test: it lies in a folder that is not open to all');

  const { code, stdout, stderr } = await ran('setpriv', [...asNobody, command]);

  assert.equal(code, 0, stderr + stdout);
  for (const source of ['smaps_rollup', 'build_info']) {
    assert.match(stdout, new RegExp(`${source}: denied .*EACCES.*uid and gid.*\\n +-> grant the right that it names`));
  }
  assert.match(stdout, /RSS +\d/, 'status needs no right');
  assert.match(stdout, /live heap.*\d+/, 'nor does the endpoint');
});
