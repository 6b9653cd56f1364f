import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeGroup } from '../kernel/cgroup/groups.ts';
import { type Lab, labs, locateLab, startLab } from '../programs.ts';
import { memgap, serveMemgap, sum, until, writeConfig } from './memgap.ts';

const mib = 1024 ** 2;

/** What the test asks of the document of `explain --json`. */
interface Document {
  readonly target: Readonly<Record<string, unknown>>;
  readonly unexplained: number;
  readonly go: { readonly used: number; readonly components: Readonly<Record<string, number>>; readonly goroutines: number };
  readonly rss: {
    readonly total: number;
    readonly threads: number;
    readonly kinds: { readonly anon: number };
    readonly components?: Readonly<Record<string, number>>;
    readonly score?: number;
  };
  readonly cgroup: {
    readonly total: number;
    readonly components: Readonly<Record<string, number>>;
    readonly unattributed: number;
    readonly limit?: number;
    readonly unreclaimable: number;
    readonly headroom?: number;
    readonly levels_visible: number;
    readonly events: Readonly<Record<string, number>>;
    readonly other_processes: number;
    readonly other_processes_rss: number;
  };
}

async function explain(lab: Lab): Promise<Document> {
  const { code, stdout, stderr } = await memgap([
    'explain',
    `http://${lab.address}/debug/pprof`,
    '--target.pid',
    String(lab.pid),
    '--json',
  ]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

function part({ go }: Document, name: string): number {
  return go.components[name] ?? Number.NaN;
}

/** Whether one size grew to the other by so many MiB, within some. */
function grew(before: number, after: number, by: number, within: number, what: string): void {
  const moved = (after - before) / mib;
  assert.ok(Math.abs(moved - by) <= within, `${what} moved by ${moved.toFixed(1)} MiB, not by ${by} +- ${within}`);
}

for (const name of labs) {
  test(`memory that the lab ${name} moves shows where it went`, async (t) => {
    const program = locateLab(name);
    if (!program.ok) return t.skip(program.detail);
    const lab = await startLab(program.value);
    t.after(() => lab.stop());

    await lab.ask('/gc'); // what the start left behind
    const start = await explain(lab);
    assert.equal(start.target.pid, lab.pid);
    assert.match(String(start.target.go_version), name.startsWith('go1.19') ? /^go1\.19(\.|$)/ : /^go1\.(2[0-9]|[3-9][0-9])(\.|$)/);
    assert.equal(start.target.cgo, name.endsWith('cgo'));
    assert.equal(start.target.main_module, 'lab');

    await lab.ask('/grow?mib=64');
    const grown = await explain(lab);
    grew(part(start, 'heap_live'), part(grown, 'heap_live'), 64, 4, 'the live heap');
    grew(start.rss.kinds.anon, grown.rss.kinds.anon, 64, 6, 'RssAnon');

    await lab.ask('/drop');
    await lab.ask('/gc');
    const dropped = await explain(lab);
    grew(part(grown, 'heap_live'), part(dropped, 'heap_live'), -64, 4, 'the live heap');
    // how much of it the background scavenger has already given back goes by the time that all this takes
    const kept = part(dropped, 'heap_reserved') + part(dropped, 'heap_released');
    grew(part(grown, 'heap_reserved') + part(grown, 'heap_released'), kept, 64, 8, 'the idle heap');

    await lab.ask('/free');
    const freed = await explain(lab);
    grew(part(start, 'heap_released'), part(freed, 'heap_released'), 64, 8, 'the released heap');
    grew(grown.rss.kinds.anon, freed.rss.kinds.anon, -64, 8, 'RssAnon');
    assert.ok(part(freed, 'heap_reserved') < 4 * mib);

    await lab.ask('/goroutines?n=1000&stack=16');
    await lab.ask('/threads?n=20');
    const parked = await explain(lab);
    assert.ok(parked.go.goroutines >= freed.go.goroutines + 1020 - 5, `${parked.go.goroutines} goroutines`);
    assert.ok(part(parked, 'stacks') - part(freed, 'stacks') >= 16 * mib, 'a thousand stacks of 16 KiB');
    // threads that were idle take some of the twenty goroutines
    assert.ok(parked.rss.threads > freed.rss.threads && parked.rss.threads > 20, `${parked.rss.threads} threads`);

    if (name.endsWith('cgo')) {
      await lab.ask('/cgo/grow?mib=48');
      const foreign = await explain(lab);
      grew(parked.unexplained, foreign.unexplained, 48, 6, 'what Go does not explain');
      grew(parked.go.used, foreign.go.used, 0, 4, 'what Go uses');
    }
  });
}

for (const name of labs) {
  test(`heap that GODEBUG=harddecommit=1 unmaps page by page is still the heap of the lab ${name}`, async (t) => {
    const program = locateLab(name);
    if (!program.ok) return t.skip(program.detail);
    const lab = await startLab(program.value, '127.0.0.1:0', { GODEBUG: 'harddecommit=1' });
    t.after(() => lab.stop());

    await lab.ask('/free');
    await lab.ask('/grow?mib=64');
    await lab.ask('/free'); // holes of a page or two between what is live: they are no guards of stacks
    const { rss } = await explain(lab);
    assert.ok((rss.components?.go_arenas ?? 0) >= 64 * mib, JSON.stringify(rss));
    assert.ok((rss.components?.thread_stacks ?? 0) <= mib);
    assert.ok((rss.score ?? 1) <= 0.01, `${rss.score}`);
  });
}

test('a group of its own: usage, limit, headroom, levels, events and the other processes are of that group', async (t) => {
  const program = locateLab('go-newest-pure');
  if (!program.ok) return t.skip(program.detail);
  const lab = await startLab(program.value);
  t.after(() => lab.stop());
  const greedy = await startLab(program.value);
  t.after(() => greedy.stop());
  const group = makeGroup(t, 'e2e');
  if (!group.ok) return t.skip(group.detail);
  writeFileSync(join(group.value.directory, 'memory.limit_in_bytes'), String(256 * mib));
  group.value.add(lab.pid);

  const start = await explain(lab);
  await lab.ask('/grow?mib=64');
  const grown = await explain(lab);
  grew(start.cgroup.total, grown.cgroup.total, 64, 6, 'usage');
  grew(start.cgroup.components.anon ?? 0, grown.cgroup.components.anon ?? 0, 64, 6, 'anon');
  assert.equal(sum(grown.cgroup.components) + grown.cgroup.unattributed, grown.cgroup.total);
  assert.equal(grown.cgroup.limit, 256 * mib);
  // less page tables for what is handed out, the code that runs, and what a pipe may hold
  const room = 256 * mib - grown.cgroup.unreclaimable;
  assert.ok((grown.cgroup.headroom ?? 0) <= room * (1 - 1 / 512) - 3 * mib && (grown.cgroup.headroom ?? 0) >= room - 16 * mib);
  assert.equal(grown.cgroup.levels_visible, group.value.path.split('/').length - 1);
  assert.deepEqual(grown.cgroup.events, { oom_kill: 0, max: 0 });
  assert.equal(grown.cgroup.other_processes, 0);

  group.value.add(greedy.pid);
  const shared = await explain(lab);
  assert.equal(shared.cgroup.other_processes, 1);
  assert.ok(shared.cgroup.other_processes_rss > mib);

  await greedy.ask('/grow?mib=400').catch(() => {}); // over the limit: the kernel kills the larger one
  assert.equal(await greedy.end, 'signal SIGKILL');
  const after = await explain(lab);
  assert.equal(after.cgroup.events.oom_kill, 1);
  assert.ok((after.cgroup.events.max ?? 0) > 0, 'usage hit the limit');
  assert.equal(after.cgroup.other_processes, 0);
});

test('a process that is moved to another group is followed there; when the group goes, its numbers go', async (t) => {
  const program = locateLab('go1.19-pure');
  if (!program.ok) return t.skip(program.detail);
  const lab = await startLab(program.value);
  t.after(() => lab.stop());
  const first = makeGroup(t, 'first');
  const second = makeGroup(t, 'second');
  if (!first.ok || !second.ok) return t.skip(first.ok ? 'no second group' : first.detail);
  for (const [group, size] of [
    [first.value, 200],
    [second.value, 300],
  ] as const)
    writeFileSync(join(group.directory, 'memory.limit_in_bytes'), String(size * mib));
  first.value.add(lab.pid);
  const config = `poll_interval: 1s\ntargets: [{ name: lab, go: { expvar: "http://${lab.address}/debug/vars" }, process: { pid: ${lab.pid} } }]\n`;
  const serving = await serveMemgap(t, ['--config.file', writeConfig('moved.yml', config)]);

  const limit = async () => (await serving.metrics()).value('memgap_cgroup_limit_bytes');
  await until(async () => (await limit()) === 200 * mib);
  second.value.add(lab.pid);
  await until(async () => (await limit()) === 300 * mib);
  assert.equal((await serving.metrics()).value('memgap_source_up', { source: 'cgroup' }), 1);

  await lab.stop(); // and the test removes both groups after it
  await until(async () => (await serving.metrics()).value('memgap_target_up') === 0);
  const { families } = await serving.metrics();
  assert.deepEqual(
    [...families.keys()].filter((name) => name.startsWith('memgap_cgroup_') || name.startsWith('memgap_rss_')),
    [],
  );
});
