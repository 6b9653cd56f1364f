import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Metrics, sum } from '../e2e/memgap.ts';
import { explainBeside } from './ephemeral.ts';
import { ability, type Host, startHost } from './host.ts';
import { type Pod, playPod } from './pod.ts';
import { locateOperator } from './roots.ts';
import { eventually, freshPage, now, withinTwoPolls } from './wait.ts';

const mib = 1024 * 1024;
const limit = 384 * mib;
/** Of a book at rest: each CPU's stock of pages, and what the kernel may hold back of its counters. */
const slack = 64 * 4096 * cpus().length + 2 * mib;

const able = ability();
const operator = locateOperator();
const reason = !able.ok ? able.detail : !operator.ok ? operator.detail : false;

describe('the shipped sidecar in a pod of podman', { skip: reason }, () => {
  let host: Host;
  let pod: Pod;
  before(async () => {
    if (!operator.ok) return;
    host = await startHost();
    pod = await playPod(host, operator.value, '384Mi');
    await eventually(pod, pod.metrics, (page) => page.value('memgap_target_up') === 1);
  });
  after(() => host?.stop());

  /** A page that was made after everything that has been asked of the operator. */
  const rested = () => freshPage(pod, now());
  const parts = (page: Metrics) => page.by('memgap_cgroup_memory_bytes', 'component');
  function assertClose(page: Metrics): void {
    const { unattributed = Number.NaN, ...named } = parts(page);
    assert.equal(sum(named) + unattributed, page.value('memgap_cgroup_usage_bytes'));
    assert.ok(Math.abs(unattributed) <= slack, `${unattributed} bytes of ${JSON.stringify(named)}`);
  }

  test('serves the whole ladder on its port, by the address of the pod, and pprof stays on loopback', async () => {
    const page = await rested();

    assert.deepEqual(page.by('memgap_book_source_info', 'source'), { pprof_heap: 1, smaps: 1, cgroup: 1 });
    assert.equal(page.value('memgap_target_info', { cgroup_version: '1', main_module: 'lab' }), 1);
    await assert.rejects(host.get(`http://${pod.address}:6060/debug/pprof/`));
    assert.match(await pod.get('/explain'), /^manager {2}pod shop\/operator {2}pid /);
  });

  test("the limit and the room left are those of the operator's own group", async () => {
    const page = await rested();
    const group = await pod.group();
    const stat = (name: string) =>
      Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(readFileSync(join(group, 'memory.stat'), 'latin1'))?.[1]);

    assert.equal(page.value('memgap_cgroup_limit_bytes'), limit);
    assert.equal(Number(readFileSync(join(group, 'memory.limit_in_bytes'), 'latin1')), limit);
    const usage = Number(readFileSync(join(group, 'memory.usage_in_bytes'), 'latin1'));
    const room = limit - (usage - (stat('total_cache') - stat('total_shmem')));
    assertRoom(page, room);
    assertClose(page);
  });

  test('memgap explain in a container that joins the running one answers once, and the operator has noticed nothing', async () => {
    const before = await rested();
    const { target, cgroup } = await explainBeside(host, pod, []); // the operator is the only Go program in sight
    const page = await rested();

    const [, inPod] = /^NSpid:.*\t(\d+)$/m.exec(await host.must('cat', `/proc/${await pod.manager.pid()}/status`)) ?? [];
    assert.equal(target.pid, Number(inPod));
    assert.notEqual(target.pid, 1, 'which is the pause process');
    assert.equal(cgroup.limit, limit);
    assert.equal(page.value('memgap_target_start_time_seconds'), before.value('memgap_target_start_time_seconds'));
    assert.equal(page.value('memgap_target_restarts_total'), 0);
  });

  test('1000 objects made, deleted and made again: the floor stands in components of Go, and is the same after the second load', async () => {
    const explain = () => explainBeside(host, pod);
    const base = await explain();
    const floors = [];
    for (const load of ['first', 'second']) {
      await pod.ask('/create?objects=1000');
      const high = await explain();
      assert.ok(high.cgroup.total > base.cgroup.total + 80 * mib, `the ${load} load: ${high.cgroup.total}`);
      await pod.ask('/delete');
      await pod.ask('/settle');
      const floor = await explain();
      floors.push(floor);
      const { cgroup, rss, go } = floor;

      // the container's number, and the process's, to the byte
      assert.equal(sum(cgroup.components) + cgroup.unattributed, cgroup.total);
      assert.equal(sum(rss.components) + rss.unattributed, rss.total);
      assert.equal(sum(go.components) + go.unattributed, go.total);
      assert.ok(Math.abs(cgroup.unattributed) + rss.unattributed <= 0.01 * cgroup.total, JSON.stringify(cgroup));
      assert.ok(Math.abs((cgroup.components.anon ?? 0) - (rss.kinds.anon ?? 0)) <= 0.01 * cgroup.total, JSON.stringify([cgroup, rss]));

      // next to nothing lives, and the container has not come down
      const { heap_live = 0, heap_fragmentation = 0 } = go.components;
      const plateau = cgroup.total - base.cgroup.total;
      assert.ok(plateau > 40 * mib && heap_live < 10 * mib, `${plateau}, ${JSON.stringify(go)}`);
      assert.ok(heap_live + heap_fragmentation > 0.9 * plateau, `${plateau}, ${JSON.stringify(go)}`);
      assert.ok((rss.components.go_arenas ?? 0) > 0.9 * plateau, JSON.stringify(rss));
    }
    const [first, second] = floors.map(({ cgroup }) => cgroup.total);
    assert.ok(first !== undefined && second !== undefined && Math.abs(second - first) <= 0.1 * first, `${first}, ${second}`);
  });

  test('an operator that is killed is gone or another one two polls later, and memgap goes on', async () => {
    const before = await rested();
    const started = before.value('memgap_target_start_time_seconds');
    const pid = await pod.manager.pid();
    await host.must('kill', '-9', String(pid));
    const killed = now();

    const page = await withinTwoPolls(pod, killed, (each) => each.value('memgap_target_start_time_seconds') !== started);
    if (page.value('memgap_target_up') === 0) {
      for (const name of [
        'rss_bytes',
        'rss_component_bytes',
        'cgroup_usage_bytes',
        'cgroup_memory_bytes',
        'go_used_bytes',
        'oom_headroom_bytes',
      ]) {
        assert.ok(!page.families.has(`memgap_${name}`), name);
      }
    }

    await eventually(pod.manager, pod.manager.pid, (other) => other !== pid && other !== 0);
    const next = await withinTwoPolls(pod, now(), (each) => each.value('memgap_target_up') === 1);
    assert.equal(next.value('memgap_target_restarts_total'), 1);
    assert.equal(next.value('memgap_self_start_time_seconds'), before.value('memgap_self_start_time_seconds'));
    assert.ok((next.value('memgap_cgroup_usage_bytes') ?? Number.NaN) < 50 * mib, 'of the new group');
  });

  for (const [path, size, component] of [
    ['/cache', 64, 'file_cache'],
    ['/tmpfs', 56, 'shmem'], // /dev/shm of a pod holds 62.5 MiB,
    ['/anonymous', 64, 'anon'],
    ['/lazy', 64, 'anon'],
  ] as const) {
    test(`${size} MiB by ${path} stand in ${component}, within 1 %, and the book stays closed`, async () => {
      await pod.ask('/quiet');
      const before = await rested();
      assert.equal((await pod.ask(`${path}?mib=${size}`)).trim(), 'ok');
      const page = await rested();

      const grown = (parts(page)[component] ?? Number.NaN) - (parts(before)[component] ?? Number.NaN);
      assert.ok(Math.abs(grown - size * mib) <= 0.01 * size * mib, `${grown / mib} MiB; ${JSON.stringify([parts(before), parts(page)])}`);
      assertClose(page);
    });
  }

  test('locked memory leaves the book closed too', async () => {
    const before = await rested();
    assert.equal((await pod.ask('/locked?mib=8')).trim(), 'ok'); // as much as a user may lock by default
    const page = await rested();

    const grown = (parts(page).anon ?? Number.NaN) - (parts(before).anon ?? Number.NaN);
    assert.ok(grown > 7.9 * mib && grown < 9 * mib, `${grown}`);
    assertClose(page);
  });

  test('lazily freed memory is told, and counts as room', async () => {
    const page = await eventually(pod, pod.metrics, (each) => (each.value('memgap_lazyfree_bytes') ?? 0) > 0);

    assert.ok(Math.abs((page.value('memgap_lazyfree_bytes') ?? 0) - 64 * mib) <= 0.01 * 64 * mib, `${page.value('memgap_lazyfree_bytes')}`);
    const { file_cache = Number.NaN } = parts(page);
    const taken = (page.value('memgap_cgroup_usage_bytes') ?? Number.NaN) - file_cache - 64 * mib;
    assertRoom(page, limit - taken);
  });

  test('the OOM kill of a child is counted, and is no restart', async () => {
    const before = await rested();
    assert.match(await pod.ask('/child?mib=600'), /killed/);

    const page = await withinTwoPolls(pod, now(), (each) => each.value('memgap_cgroup_events_total', { event: 'oom_kill' }) === 1);
    assert.equal(before.value('memgap_cgroup_events_total', { event: 'oom_kill' }), 0);
    assert.equal(page.value('memgap_target_restarts_total'), before.value('memgap_target_restarts_total'));
    assert.equal(page.value('memgap_target_start_time_seconds'), before.value('memgap_target_start_time_seconds'));
  });

  test('the OOM kill of the operator itself is a restart, and /explain keeps what room was left before it', async () => {
    await pod.ask('/anonymous?mib=50');
    const before = await rested();
    const started = before.value('memgap_target_start_time_seconds');
    const pid = await pod.manager.pid();
    await assert.rejects(pod.ask('/eat?mib=600'));
    await eventually(pod.manager, pod.manager.pid, (other) => other !== pid && other !== 0);

    const page = await withinTwoPolls(pod, now(), (each) => {
      const start = each.value('memgap_target_start_time_seconds');
      return each.value('memgap_target_up') === 1 && start !== started;
    });
    assert.equal(page.value('memgap_target_restarts_total'), 2);
    assert.equal(page.value('memgap_cgroup_events_total', { event: 'oom_kill' }), 0, 'its group went with it');
    const explanation = await pod.get('/explain');
    const [, room] = /restarted: .* was last seen .* of 384 MiB, ([\d.]+) MiB before an OOM kill, peak/.exec(explanation) ?? [];
    assert.ok(Number(room) * mib < (before.value('memgap_oom_headroom_bytes') ?? 0) + mib, explanation);
    const [{ last_sight: sight }] = JSON.parse(await pod.get('/api/v1/targets'));
    assert.equal(sight.limit, limit);
    assert.ok(sight.headroom < (before.value('memgap_oom_headroom_bytes') ?? 0) + mib, JSON.stringify(sight));
  });

  test('a memgap that is killed comes back, its series are right again, and the operator has noticed nothing', async () => {
    const before = await rested();
    const pid = await pod.memgap.pid();
    await host.must('kill', '-9', String(pid));
    await eventually(pod.memgap, pod.memgap.pid, (other) => other !== pid && other !== 0);

    const page = await eventually(pod, pod.metrics, (each) => each.value('memgap_target_up') === 1);
    assert.equal(page.value('memgap_target_start_time_seconds'), before.value('memgap_target_start_time_seconds'));
    assert.equal(page.value('memgap_target_restarts_total'), 0);
    assert.ok((page.value('memgap_self_start_time_seconds') ?? 0) > (before.value('memgap_self_start_time_seconds') ?? 0));
    assert.equal(page.value('memgap_cgroup_limit_bytes'), limit);
    assertClose(page);
  });
});

/**
 * Less the code that runs, page tables for what is handed out, and a MiB for each of a few pipes: test/remedies/headroom.test.ts fills it.
 */
function assertRoom(page: { value(name: string): number | undefined }, room: number): void {
  const told = page.value('memgap_oom_headroom_bytes') ?? Number.NaN;
  assert.ok(told <= room && told >= room * (1 - 1 / 512) - 8 * mib, `told ${told} of ${room}`);
}
