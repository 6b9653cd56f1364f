import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { type Running, start } from './crun.ts';
import { ability, type Host, startHost } from './host.ts';
import { imageRoot, locateOperator, operatorRoot } from './roots.ts';
import { type Sidecar, startSidecar } from './sidecar.ts';
import { eventually, now, withinTwoPolls } from './wait.ts';

const able = ability();
const operator = locateOperator();
const reason = !able.ok ? able.detail : !operator.ok ? operator.detail : false;
const mib = 1024 * 1024;
const user = { uid: 65532, gid: 65532 };

// What befalls a pod while memgap watches: a pause process, the operator and memgap in one pid and network namespace, each in a group of
// its own.
describe('two polls after a fault the series are right, without a restart of memgap', { skip: reason }, () => {
  let host: Host;
  let image: string;
  let root: string;
  let pause: Running;
  let manager: Running;
  let memgap: Sidecar;
  let settings: string;
  let round = 0;

  before(async () => {
    if (!operator.ok) return;
    host = await startHost();
    image = await imageRoot(join(host.folder, 'image'));
    mkdirSync(join(image, 'config'));
    root = operatorRoot(join(host.folder, 'manager'), operator.value);
    settings = join(host.folder, 'settings');
    mkdirSync(settings);
  });
  after(() => host?.stop());

  beforeEach(async () => {
    round += 1;
    pause = await start(host, { ...user, name: `pause-${round}`, root, args: ['/pause', '-pause'], memoryMib: 32 });
    manager = await startManager(`manager-${round}`);
    configure(6060);
    const container = { ...user, ...shared(), name: `memgap-${round}`, root: image, memoryMib: 128, folders: { '/config': settings } };
    memgap = await startSidecar(host, container, ['--config.file=/config/memgap.yml', '--web.enable-lifecycle']);
    await eventually(memgap, memgap.metrics, (page) => page.value('memgap_target_up') === 1);
  });
  afterEach(async () => {
    for (const container of [memgap, manager, pause]) await container.remove();
  });

  const shared = () => ({ pidOf: pause.pid, netOf: pause.pid });
  const startManager = (name: string, memoryMib = 200) => start(host, { ...user, ...shared(), name, root, args: ['/manager'], memoryMib });
  const ask = (path: string) => host.get(`http://127.0.0.1:8080${path}`, pause.pid);
  const group = () => host.cgroup(`crun/${manager.name}`);
  function configure(port: number): void {
    const target = `{ name: manager, go: { pprof: 'http://127.0.0.1:${port}/debug/pprof' }, process: { exe: manager } }`;
    writeFileSync(join(settings, 'memgap.yml'), `poll_interval: 1s\ntargets:\n  - ${target}\n`);
  }

  test('the limit is changed live', async () => {
    const before = await memgap.metrics();
    writeFileSync(join(group(), 'memory.limit_in_bytes'), String(100 * mib));

    const page = await withinTwoPolls(memgap, now(), (each) => each.value('memgap_cgroup_limit_bytes') === 100 * mib);
    assert.equal(before.value('memgap_cgroup_limit_bytes'), 200 * mib);
    const lost = (before.value('memgap_oom_headroom_bytes') ?? 0) - (page.value('memgap_oom_headroom_bytes') ?? 0);
    assert.ok(Math.abs(lost - 100 * mib) < 8 * mib, `${lost}`);
  });

  test('the container is killed and its group is removed: nothing of it is repeated, and the next one is found', async () => {
    const self = (await memgap.metrics()).value('memgap_self_start_time_seconds');
    const gone = group();
    await manager.remove();
    assert.ok(!existsSync(gone));

    const page = await withinTwoPolls(memgap, now(), (each) => each.value('memgap_target_up') === 0);
    const left = [...page.families.keys()].filter((name) => /^memgap_(rss|go|cgroup|oom|swap|page|pss|threads|goroutines)/.test(name));
    assert.deepEqual(left, []);
    assert.match(await memgap.get('/explain'), /is not there now; it was last seen .* of 200 MiB, .* before an OOM kill/);

    manager = await startManager(`manager-${round}-again`, 150);
    const again = await withinTwoPolls(memgap, now(), (each) => each.value('memgap_target_up') === 1);
    assert.equal(again.value('memgap_cgroup_limit_bytes'), 150 * mib);
    assert.equal(again.value('memgap_target_restarts_total'), 1);
    assert.equal(again.value('memgap_self_start_time_seconds'), self);
  });

  test('the process is moved to another group and its own is removed: no number of the old one is repeated', async () => {
    const old = group();
    const other = host.cgroup(`crun/other-${round}`);
    mkdirSync(other);
    // as this process numbers them
    for (const pid of readFileSync(join(old, 'cgroup.procs'), 'utf8').trim().split('\n')) writeFileSync(join(other, 'cgroup.procs'), pid);
    rmdirSync(old);

    const page = await withinTwoPolls(memgap, now(), (each) => each.value('memgap_source_up', { source: 'cgroup' }) === 0);
    assert.ok(!page.families.has('memgap_cgroup_usage_bytes') && !page.families.has('memgap_oom_headroom_bytes'));
    assert.equal(page.value('memgap_target_up'), 1);
    assert.ok(page.value('memgap_rss_bytes'));
  });

  test('pprof is moved to another port: its numbers go, and are back when the configuration names it', async () => {
    assert.equal((await ask('/pprof?listen=127.0.0.1:6061')).trim(), 'ok');
    const without = await withinTwoPolls(memgap, now(), (each) => !each.families.has('memgap_go_used_bytes'));
    assert.equal(without.value('memgap_source_up', { source: 'pprof_heap' }), 0);
    assert.ok(without.value('memgap_rss_bytes'), 'the process is still there');

    configure(6061);
    await host.must('nsenter', '--target', String(pause.pid), '--net', '--', process.execPath, '-e', reload);
    const page = await withinTwoPolls(memgap, now(), (each) => each.families.has('memgap_go_used_bytes'));
    assert.equal(page.value('memgap_config_last_reload_successful'), 1);
    assert.equal(page.value('memgap_target_restarts_total'), 0);
  });
});

const reload = "fetch('http://127.0.0.1:9779/-/reload', { method: 'POST' }).then((answer) => process.exit(answer.ok ? 0 : 1))";
