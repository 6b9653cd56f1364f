import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { CheckName } from '../../src/doctor/check.ts';
import type { Metrics } from '../e2e/memgap.ts';
import { type Container, defaultCapabilities } from './bundle.ts';
import { type Running, runToEnd, start } from './crun.ts';
import { entrypoint, environment, startSidecar } from './sidecar.ts';
import { type Stage, stage } from './stage.ts';
import { eventually } from './wait.ts';

/** The table of what a sidecar may read of its neighbor, in containers that crun starts: docs/kubernetes.md has it for people. */
interface Row {
  readonly name: string;
  readonly target: Omit<Container, 'name' | 'root' | 'args' | 'memoryMib'> & { readonly args?: readonly string[] };
  readonly memgap: Pick<Container, 'uid' | 'gid' | 'capabilities' | 'cgroupNamespace'>;
  readonly ownPids?: true;
  readonly flags?: readonly string[];
  readonly rung: Rung;
  /** What doctor must name. */
  readonly checks?: readonly CheckName[];
}

/** What these tests read of doctor's document. */
interface DoctorDocument {
  readonly ok: boolean;
  readonly ladder: Readonly<Record<string, boolean>>;
  readonly sources: Readonly<Record<string, { readonly checks?: ReadonlyArray<{ readonly name: CheckName }> }>>;
}

/** How far up the ladder memgap comes, told by which source each book is made from. */
type Rung = 'pprof' | 'pprof, status' | 'pprof, smaps, cgroup' | 'memory, smaps, cgroup';

const user = { uid: 65532, gid: 65532 };
const root = { uid: 0, gid: 0 };
const everything = 'pprof, smaps, cgroup';
const usual = ['--target.pid=1', '--target.pprof=http://127.0.0.1:6060/debug/pprof'];
const limits = { target: 200, memgap: 128 };

const rows: readonly Row[] = [
  { name: 'the same uid and gid, restricted', target: user, memgap: user, rung: everything },
  {
    name: 'the same uid and gid, each in a cgroup namespace of its own',
    target: { ...user, cgroupNamespace: true },
    memgap: { ...user, cgroupNamespace: true },
    rung: everything,
  },
  { name: 'the same uid and another gid', target: user, memgap: { ...user, gid: 1000 }, rung: 'pprof, status', checks: ['gid'] },
  { name: 'another uid', target: user, memgap: { uid: 65534, gid: 65534 }, rung: 'pprof, status', checks: ['uid', 'gid'] },
  { name: 'root without capabilities', target: user, memgap: root, rung: 'pprof, status', checks: ['uid', 'gid'] },
  { name: 'root with SYS_PTRACE', target: user, memgap: { ...root, capabilities: ['CAP_SYS_PTRACE'] }, rung: everything },
  { name: 'both root, without capabilities', target: root, memgap: root, rung: everything },
  {
    name: 'a root target with default capabilities',
    target: { ...root, capabilities: defaultCapabilities },
    memgap: root,
    rung: 'pprof, status',
    checks: ['capabilities'],
  },
  {
    name: 'a target that is not dumpable',
    target: { ...user, args: ['/manager', '-nondumpable'] },
    memgap: user,
    rung: 'pprof, status',
    checks: ['dumpable'],
  },
  {
    name: 'a binary of mode 0111',
    target: { ...user, args: ['/manager-0111'] },
    memgap: user,
    rung: 'pprof, status',
    checks: ['dumpable'],
  },
  {
    name: 'a target that holds a capability',
    target: { ...user, capabilities: ['CAP_NET_BIND_SERVICE'] },
    memgap: user,
    rung: 'pprof, status',
    checks: ['capabilities'],
  },
  { name: 'no shared pid namespace', target: user, memgap: user, ownPids: true, rung: 'pprof', checks: ['pid-namespace'] },
  {
    name: 'the same uid and gid, with --process.memory-reads and no endpoint',
    target: user,
    memgap: user,
    flags: ['--target.pid=1', '--process.memory-reads'],
    rung: 'memory, smaps, cgroup',
  },
];

const staged = stage();

for (const [index, row] of rows.entries()) {
  test(`${row.name}: ${row.rung}`, async (t) => {
    const on = staged(t);
    if (on === undefined) return;
    const { target, memgap } = await containers(t, on, row, index);

    const page = await eventually(
      memgap,
      () => memgap.metrics(),
      (metrics) => metrics.value('memgap_target_up') === 1,
    );

    assert.equal(rungOf(page), row.rung);
    // the limit tells whose group it is
    const inGroup = row.rung.endsWith('cgroup');
    assert.equal(page.value('memgap_cgroup_limit_bytes'), inGroup ? limits.target * 1024 * 1024 : undefined);
    assert.equal(page.value('memgap_source_up', { source: 'cgroup' }), row.ownPids ? undefined : Number(inGroup));
    const explanation = await memgap.get('/explain');
    assert.ok(!explanation.includes(`limit ${limits.memgap} MiB`), explanation);
    if (!inGroup) assert.match(explanation, /Not known, and what to do/);

    const { ladder, sources } = await doctorBeside(on, row, index, target);
    assert.deepEqual([ladder.cgroup, ladder.smaps, ladder.mem], [inGroup, inGroup, row.rung.startsWith('memory')]);
    const { checks = [] } = (row.ownPids ? sources.process : sources.smaps) ?? {};
    assert.deepEqual(
      checks.map(({ name }) => name),
      row.checks ?? [],
    );
  });
}

test('the target is not found by its name without the right to look at what it runs, and memgap says that it is there', async (t) => {
  const row: Row = { name: '', target: user, memgap: { uid: 65534, gid: 65534 }, flags: ['--target.exe=manager'], rung: 'pprof' };
  const on = staged(t);
  if (on === undefined) return;
  const { memgap } = await containers(t, on, row, rows.length);

  const explanation = await eventually(
    memgap,
    () => memgap.get('/explain'),
    (text) => text.includes('Not known'),
  );

  assert.match(explanation, /a process of that name is there \(pid 1\), but \/proc\/PID\/exe can't be read/);
});

/** Both containers of a row; they go with its test. */
async function containers(t: TestContext, { host, image, operators }: Stage, row: Row, index: number) {
  const target = await start(host, {
    args: ['/manager'],
    ...row.target,
    name: `target-${index}`,
    root: operators,
    memoryMib: limits.target,
  });
  t.after(() => target.remove());
  const memgap = await startSidecar(
    host,
    {
      ...row.memgap,
      name: `memgap-${index}`,
      root: image,
      memoryMib: limits.memgap,
      pidOf: row.ownPids ? undefined : target.pid,
      netOf: target.pid,
    },
    ['--poll.interval=1s', ...(row.flags ?? usual)],
  );
  t.after(() => memgap.remove());
  return { target, memgap };
}

/** `memgap doctor --json` in a container like memgap's. */
async function doctorBeside({ host, image }: Stage, row: Row, index: number, target: Running): Promise<DoctorDocument> {
  const { code, stdout, stderr } = await runToEnd(host, {
    ...row.memgap,
    name: `doctor-${index}`,
    root: image,
    memoryMib: limits.memgap,
    args: [...entrypoint, 'doctor', '--json', ...(row.flags ?? usual)],
    env: environment,
    pidOf: row.ownPids ? undefined : target.pid,
    netOf: target.pid,
  });
  const [diagnosis] = JSON.parse(stdout).targets;
  assert.equal(code, diagnosis.ok ? 0 : 1, stderr);
  return diagnosis;
}

function rungOf(page: Metrics): string {
  const sources = page.by('memgap_book_source_info', 'source');
  const names = { pprof_heap: 'pprof', runtime_memory: 'memory', status: 'status', smaps: 'smaps', cgroup: 'cgroup' };
  return Object.entries(names)
    .filter(([source]) => source in sources)
    .map(([, name]) => name)
    .join(', ');
}
