import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { freePort } from '../../scripts/child.ts';
import { makeGroup, type TestGroup } from '../kernel/cgroup/groups.ts';
import { locateLab } from '../programs.ts';

import { memgap, memgapCommand, type Ran, ran, until, writeConfig } from './memgap.ts';

/** What setpriv makes of root: ids, and the capabilities that are left. */
interface Rights {
  readonly uid: number;
  readonly gid?: number;
  readonly capabilities?: readonly string[];
}

/** Nobody else's here: containers of other tests run as 65532. */
const operator: Rights = { uid: 64_321 };
const asRoot = process.getuid?.() === 0;
const noRoot = 'needs root, to become other users';
const environment = { ...process.env, MEMGAP_NODE: process.execPath };

/** A folder that all users may enter, with a lab in it that they may run: of mode 0755, and of 0111. */
const folder = mkdtempSync(join(tmpdir(), 'memgap-doctor-'));
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true, force: true }));

function lab(mode: 0o755 | 0o111 = 0o755): string | undefined {
  const program = locateLab('go-newest-pure');
  if (!program.ok) return undefined;
  const path = join(folder, `lab-${mode.toString(8)}`);
  copyFileSync(program.value, path);
  chmodSync(path, mode);
  return path;
}

/** Words that run a command with these rights. The shell in between makes the kernel judge the program by the rights of its own user. */
function withRights({ uid, gid = uid, capabilities = [] }: Rights, command: string): readonly string[] {
  const kept = ['-all', ...capabilities.map((name) => `+${name}`)].join(',');
  const ids = uid === 0 && gid === 0 ? [] : [`--reuid=${uid}`, `--regid=${gid}`];
  const ambient = uid === 0 || capabilities.length === 0 ? [] : [`--ambient-caps=${kept}`];
  return [...ids, '--clear-groups', `--inh-caps=${kept}`, ...ambient, `--bounding-set=${kept}`, 'sh', '-c', `exec ${command}`];
}

interface Target {
  readonly pid: number;
  readonly address: string;
}

/** The lab with these rights, for as long as the test runs. */
function startAs(t: TestContext, rights: Rights, path: string): Promise<Target> {
  return startWords(t, ['setpriv', ...withRights(rights, `${path} -listen 127.0.0.1:0`)]);
}

async function startWords(t: TestContext, [program = '', ...args]: readonly string[]): Promise<Target> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => stop(child));
  const [, pid, address] = /ready (\d+) (\S+)/.exec(await firstOf(child)) ?? [];
  assert.ok(pid !== undefined && address !== undefined, 'the lab did not start');
  return { pid: Number(pid), address };
}

async function firstOf(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await until(() => text.includes('\n') || child.exitCode !== null);
  return text;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

/** The command line of memgap, whose folder is root's alone until it is opened to all users. */
async function openCommand(args: readonly string[]): Promise<string> {
  const command = await memgapCommand(args);
  const [, launcher = ''] = command.split("'");
  await ran('chmod', ['-R', 'a+rX', dirname(dirname(launcher))]);
  return command;
}

/** `memgap ARGS` with these rights. */
async function memgapAs(rights: Rights, args: readonly string[], extra: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const command = await openCommand(args);
  return ran('setpriv', withRights(rights, command), { ...extra, MEMGAP_NODE: process.execPath });
}

/** The document of doctor's one target. */
async function doctorAs(rights: Rights, args: readonly string[]) {
  const { code, stdout, stderr } = await memgapAs(rights, ['doctor', ...args, '--json']);
  assert.equal(stderr, '');
  const [target] = JSON.parse(stdout).targets;
  const checks = (source: string): readonly string[] => (target.sources[source]?.checks ?? []).map(({ name }: { name: string }) => name);
  const lines: readonly string[] = target.advice.flatMap(({ snippets }: { snippets: { lines: string[] }[] }) =>
    snippets.flatMap((each) => each.lines),
  );
  return { code, target, checks, lines };
}

const rows: ReadonlyArray<{
  readonly name: string;
  readonly target: Rights;
  readonly memgap: Rights;
  readonly mode?: 0o111;
  readonly failed: readonly string[];
  readonly line?: string;
}> = [
  { name: 'the same ids', target: operator, memgap: operator, failed: [] },
  { name: 'another GID', target: operator, memgap: { uid: 64_321, gid: 1000 }, failed: ['gid'], line: '  runAsGroup: 64321' },
  { name: 'another UID', target: operator, memgap: { uid: 65_534 }, failed: ['uid', 'gid'], line: '  runAsUser: 64321' },
  { name: 'root without capabilities', target: operator, memgap: { uid: 0 }, failed: ['uid', 'gid'], line: 'User=64321' },
  { name: 'root with SYS_PTRACE', target: operator, memgap: { uid: 0, capabilities: ['sys_ptrace'] }, failed: [] },
  { name: 'another user with SYS_PTRACE', target: operator, memgap: { uid: 1000, capabilities: ['sys_ptrace'] }, failed: [] },
  { name: 'both root without capabilities', target: { uid: 0 }, memgap: { uid: 0 }, failed: [] },
  {
    name: 'a root target with capabilities that memgap lacks',
    target: { uid: 0, capabilities: ['chown', 'kill'] },
    memgap: { uid: 0 },
    failed: ['capabilities'],
    line: '    drop: [ALL]',
  },
  {
    name: 'a target that holds one capability',
    target: { uid: 64_321, capabilities: ['net_bind_service'] },
    memgap: operator,
    failed: ['capabilities'],
    line: '    add: [SYS_PTRACE, DAC_READ_SEARCH]',
  },
  {
    name: 'a binary of mode 0111',
    target: operator,
    memgap: operator,
    mode: 0o111,
    failed: ['dumpable'],
    line: 'COPY --chmod=0755 manager /manager',
  },
];

for (const { name, target, memgap: own, mode = 0o755, failed, line } of rows) {
  test(`${name}: doctor names ${failed.length === 0 ? 'nothing' : failed.join(' and ')}`, async (t) => {
    const path = lab(mode);
    if (!asRoot) return t.skip(noRoot);
    if (path === undefined) return t.skip('the lab go-newest-pure is not built, run: make lab');
    const { pid, address } = await startAs(t, target, path);

    const { code, target: found, checks, lines } = await doctorAs(own, [String(pid), '--target.pprof', `http://${address}/debug/pprof`]);

    assert.equal(code, failed.length === 0 ? 0 : 1, JSON.stringify(found.sources));
    assert.equal(found.process.pid, pid);
    for (const source of ['smaps', 'exe', 'build_info']) assert.deepEqual(checks(source), failed.length === 0 ? [] : failed, source);
    assert.ok(found.ladder.go && found.ladder.status && found.ladder.cgroup, 'these need no right on a host');
    assert.equal(found.ladder.smaps, failed.length === 0);
    if (line !== undefined) assert.ok(lines.includes(line), lines.join('\n'));
  });
}

test("CAP_SYS_PTRACE alone does not open what is its owner's alone: memory, and who listens on a port", async (t) => {
  const path = lab();
  if (!asRoot) return t.skip(noRoot);
  if (path === undefined) return t.skip('the lab go-newest-pure is not built, run: make lab');
  const { pid, address } = await startAs(t, operator, path);
  const ptrace: Rights = { uid: 0, capabilities: ['sys_ptrace'] };

  const memory = await doctorAs(ptrace, [String(pid), '--process.memory-reads']);
  assert.equal(memory.code, 1);
  assert.deepEqual(memory.checks('runtime_memory'), ['file-owner']);
  assert.ok(memory.lines.includes('AmbientCapabilities=CAP_SYS_PTRACE CAP_DAC_READ_SEARCH'));

  const port = address.split(':')[1] ?? '';
  const byPort = await doctorAs(ptrace, ['--target.port', port]);
  assert.equal(byPort.code, 1);
  assert.equal(byPort.target.process.pid, pid, 'told by the user of the socket');
  assert.equal(byPort.target.process.guessed, true);
  assert.deepEqual(byPort.checks('process'), ['file-owner']);

  const both: Rights = { uid: 0, capabilities: ['sys_ptrace', 'dac_read_search'] };
  const able = await doctorAs(both, ['--target.port', port, '--process.memory-reads']);
  assert.equal(able.code, 0, JSON.stringify(able.target.sources));
  assert.ok(able.target.ladder.mem && able.target.ladder.go);
});

test('by name: a process that may not be looked into is diagnosed all the same', async (t) => {
  const path = lab();
  if (!asRoot) return t.skip(noRoot);
  if (path === undefined) return t.skip('the lab go-newest-pure is not built, run: make lab');
  const { pid } = await startAs(t, operator, path);

  const { code, target, checks } = await doctorAs({ uid: 1000 }, ['--target.exe', path]);
  assert.equal(code, 1);
  assert.equal(target.process.pid, pid);
  assert.deepEqual(checks('process'), ['uid', 'gid']);
});

test('addresses: each that was configured is asked, also where a cheaper one answers; the reason and the lines are told', async (t) => {
  const path = lab();
  if (!asRoot) return t.skip(noRoot);
  if (path === undefined) return t.skip('the lab go-newest-pure is not built, run: make lab');
  const { pid, address } = await startAs(t, operator, path);
  const config = writeConfig(
    'doctor.yml',
    `targets:
  - name: good
    go: { expvar: "http://${address}/debug/vars", pprof: "http://${address}/debug/pprof" }
    process: { pid: ${pid} }
  - name: bad
    go: { expvar: "http://${address}/debug/vars", pprof: "http://127.0.0.1:${await freePort()}/debug/pprof", metrics: "http://${address}/metrics" }
    process: { pid: ${pid} }
`,
  );

  const { code, stdout, stderr } = await memgap(['doctor', '--config.file', config]);
  assert.equal(code, 1, stderr);
  const [good = '', bad = ''] = stdout.split('\nbad  pid');
  assert.match(good, /✓ expvar\n(.*\n)*? +✓ pprof_heap/);
  assert.doesNotMatch(good, /✗/);
  assert.match(bad, /✓ expvar/);
  assert.match(bad, /✗ pprof_heap +unreachable\n +why .*ECONNREFUSED/);
  assert.match(bad, /✗ metrics +not-found\n +why .*HTTP 404/);
  assert.match(bad, /PprofBindAddress/);

  assert.equal((await memgap(['doctor', 'good', '--config.file', config])).code, 0);
  assert.equal((await memgap(['doctor', 'none', '--config.file', config])).code, 2);
});

test('a pid and a URL of two processes are told apart', async (t) => {
  const path = lab();
  if (!asRoot) return t.skip(noRoot);
  if (path === undefined) return t.skip('the lab go-newest-pure is not built, run: make lab');
  const one = await startAs(t, operator, path);
  const two = await startAs(t, operator, path);

  const { code, checks } = await doctorAs({ uid: 0, capabilities: ['sys_ptrace', 'dac_read_search'] }, [
    String(one.pid),
    '--target.pprof',
    `http://${two.address}/debug/pprof`,
  ]);
  assert.equal(code, 1);
  assert.deepEqual(checks('pprof_heap'), ['other-process']);
});

/** A shell script as root of a pid namespace of its own, whose /proc shows nothing else; it ends with the test. */
async function inNamespace(t: TestContext, script: string): Promise<Ran | undefined> {
  const made = await ran('unshare', ['--pid', '--fork', '--kill-child', '--mount-proc', 'true']);
  if (made.code !== 0) return undefined;
  const child = spawn('unshare', ['--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', script], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => stop(child));
  const texts = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    texts.stdout += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    texts.stderr += part;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...texts })));
}

/** Shell text: the labs in the background with their standard input held open, until each says that it is ready. */
function inBackground(path: string, count: number): string {
  const starts = Array.from({ length: count }, (_, index) => {
    const out = join(folder, `out-${process.pid}-${index}`);
    return `rm -f ${out}; sleep 600 | setpriv ${withRights(operator, `${path} -listen 127.0.0.1:0`).map(quoted).join(' ')} > ${out} & until grep -q ready ${out} 2>/dev/null; do sleep 0.05; done;`;
  });
  return starts.join(' ');
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

async function asOperator(args: readonly string[]): Promise<string> {
  const command = await openCommand(args);
  return `setpriv ${withRights(operator, command).map(quoted).join(' ')}`;
}

test('one shot in the pid namespace of a running container, with its ids: explain finds the Go program by itself, and asks no port', async (t) => {
  const path = lab();
  if (!asRoot) return t.skip(noRoot);
  if (path === undefined) return t.skip('the lab go-newest-pure is not built, run: make lab');
  const bare = await asOperator(['explain', '--json']);
  const probing = await asOperator(['explain', '--json', '--target.probe-ports']);
  const done = await inNamespace(t, `${inBackground(path, 1)} ${bare}; echo $?; echo; ${probing}`);
  if (done === undefined) return t.skip('no pid namespace can be made here');

  const [first = '', second = ''] = done.stdout.split('\n0\n\n');
  assert.match(done.stderr, /memgap: process \d+ is the only Go program in sight/);
  const shot = JSON.parse(first);
  assert.ok(shot.rss.components.exe_file > 0 && shot.cgroup.total > 0, done.stderr);
  assert.match(shot.target.go_version, /^go1\./);
  assert.equal(shot.go, undefined, 'no port was asked');
  assert.deepEqual(
    Object.keys(shot.sources).filter((name) => /expvar|metrics|pprof/.test(name)),
    [],
  );

  const probed = JSON.parse(second);
  assert.equal(probed.go.source, 'expvar');
  assert.ok(probed.go.total > 0);
});

test('two Go programs in sight: both are listed, and memgap does not guess', async (t) => {
  const path = lab();
  if (!asRoot) return t.skip(noRoot);
  if (path === undefined) return t.skip('the lab go-newest-pure is not built, run: make lab');
  const done = await inNamespace(t, `${inBackground(path, 2)} ${await asOperator(['explain'])}`);
  if (done === undefined) return t.skip('no pid namespace can be made here');
  assert.equal(done.code, 1);
  assert.match(done.stderr, /^2 Go programs are in sight, name one of them: \d+ \(.*lab-755\), \d+ \(.*lab-755\)/);
});

test('no shared pid namespace: memgap alone in its own says so, with the line of the pod', async (t) => {
  if (!asRoot) return t.skip(noRoot);
  const done = await inNamespace(t, `KUBERNETES_SERVICE_HOST=10.0.0.1 exec ${await asOperator(['doctor', '--target.exe', 'manager'])}`);
  if (done === undefined) return t.skip('no pid namespace can be made here');
  assert.equal(done.code, 1, done.stderr);
  assert.match(done.stdout, /✗ process +not-found\n +why (.*\n)+? +no shared pid namespace: memgap is pid 1\n/);
  assert.match(done.stdout, /\n +shareProcessNamespace: true\n/);
});

test('hidepid: what procfs hides is told by its mount, and the same ids see through it', async (t) => {
  const path = lab();
  if (!asRoot) return t.skip(noRoot);
  if (path === undefined) return t.skip('the lab go-newest-pure is not built, run: make lab');
  const mount = 'mount -o remount,hidepid=2 /proc || exit 77;';
  const foreign = withRights({ uid: 1000 }, await openCommand(['doctor', '--target.exe', path]))
    .map(quoted)
    .join(' ');
  const same = await asOperator(['doctor', '--target.exe', path]);
  const done = await inNamespace(t, `${mount} ${inBackground(path, 1)} setpriv ${foreign}; echo $?; ${same}; echo $?`);
  if (done === undefined || done.code === 77) return t.skip('no procfs can be mounted with hidepid here');
  const [hidden = '', seen = ''] = done.stdout.split('\n1\n');
  assert.match(hidden, /✗ process +not-found\n(.*\n)*? +\/proc is mounted with hidepid=invisible/);
  assert.match(hidden, /ProtectProc=default/);
  assert.match(seen, /✓ smaps(.*\n)*0\n$/);
});

/** Words that run a command in a group, with a cgroup and a mount namespace as an engine gives to a container. */
function contained(group: TestGroup, command: readonly string[]): readonly string[] {
  const mounts = 'umount /sys/fs/cgroup/memory && mount -t cgroup -o memory memory /sys/fs/cgroup/memory';
  const inside = `${mounts} && exec ${command.map(quoted).join(' ')}`;
  return ['sh', '-c', `echo $$ > ${group.directory}/cgroup.procs && exec unshare --mount --cgroup sh -c ${quoted(inside)}`];
}

test('beside a container: the group shown is the one of the target, and without the right to its root none at all', async (t) => {
  const path = lab();
  if (!asRoot) return t.skip(noRoot);
  if (path === undefined) return t.skip('the lab go-newest-pure is not built, run: make lab');
  const [theirs, own] = [makeGroup(t, 'doctor-target'), makeGroup(t, 'doctor-memgap')];
  if (!theirs.ok) return t.skip(theirs.detail);
  if (!own.ok) return t.skip(own.detail);
  const group = own.value;
  const limits = [theirs.value, own.value].map(({ directory }) => join(directory, 'memory.limit_in_bytes'));
  const [limit, ownLimit] = [300, 200].map((mib) => mib * 1024 * 1024);
  for (const [index, file] of limits.entries()) writeFileSync(file, String([limit, ownLimit][index]));
  const target = contained(theirs.value, ['setpriv', ...withRights(operator, `${path} -listen 127.0.0.1:0`)]);
  const { pid } = await startWords(t, target);

  async function explained(rights: Rights, command = 'explain') {
    const words = withRights(rights, await openCommand([command, String(pid), '--json']));
    const [program = '', ...args] = contained(group, ['setpriv', ...words]);
    const { stdout, stderr } = await ran(program, args);
    assert.ok(stdout.startsWith('{'), stderr);
    return JSON.parse(stdout);
  }

  const same = await explained(operator);
  assert.ok(same.sources.cgroup.ok, JSON.stringify(same.sources.cgroup));
  assert.equal(same.cgroup.limit, limit);
  assert.equal(same.cgroup.found_by, 'root');

  const other = await explained({ uid: 1000 });
  assert.equal(other.cgroup, undefined, "not the group of memgap's own");
  assert.equal(other.sources.cgroup.reason, 'denied');
  assert.ok(other.rss.total > 0, 'status takes no right');

  const [diagnosis] = (await explained({ uid: 1000 }, 'doctor')).targets;
  assert.deepEqual(
    diagnosis.sources.cgroup.checks.map(({ name }: { name: string }) => name),
    ['uid', 'gid'],
  );
  assert.equal(diagnosis.ladder.cgroup, false);
});
