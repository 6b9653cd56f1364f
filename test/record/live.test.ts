import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { anonymized } from '../../src/record/anonymize.ts';
import { encodeRecording } from '../../src/record/encode.ts';
import { folder as newFolder } from '../kernel/process/processes.ts';
import { serve } from '../net/loopback.ts';
import { type LabName, locateLab, startLab } from '../programs.ts';
import { open, recorded, replayed, sameWhenReplayed, written } from './recorded.ts';

async function lab(t: TestContext, name: LabName = 'go-newest-cgo') {
  const program = locateLab(name);
  if (!program.ok) return program.detail;
  const started = await startLab(program.value);
  t.after(() => started.stop());
  return started;
}

test('a replay prints what explain would have printed at the end of the polls, byte for byte', async (t) => {
  const running = await lab(t);
  if (typeof running === 'string') return t.skip(running);
  const file = join(newFolder(t), 'lab.memgap');
  const url = `http://${running.address}`;
  await running.ask('/grow?mib=8');
  await running.ask('/cgo/grow?mib=4');

  const byUrl = await sameWhenReplayed(file, [`${url}/debug/pprof`, '--polls', '2', '--interval', '50ms']);
  assert.match(byUrl.out, /"cgroup": \{/);
  assert.match(byUrl.out, /"source": "pprof_heap"/);
  assert.match(byUrl.out, new RegExp(`"pid": ${running.pid}`));
  const byPid = await sameWhenReplayed(file, [String(running.pid), '--polls', '1']);
  assert.match(byPid.out, /"not_go"|"rss": \{/);
  const byMemory = await sameWhenReplayed(file, [String(running.pid), '--process.memory-reads', '--polls', '2', '--interval', '50ms']);
  assert.match(byMemory.out, /"source": "runtime_memory"/);
  await sameWhenReplayed(file, [String(running.pid), '--target.expvar', `${url}/debug/vars`, '--process.memory-reads', '--polls', '1']);
  await sameWhenReplayed(file, ['--target.metrics', `${url}/go-metrics`, '--polls', '1']);
  await sameWhenReplayed(file, ['--target.metrics', `${url}/nothing`, '--target.pid', String(running.pid), '--polls', '1']);
});

test('a target that ends between two polls is shown as it was last seen, and a replay shows the same', async (t) => {
  const running = await lab(t, 'go1.19-pure');
  if (typeof running === 'string') return t.skip(running);
  await running.ask('/grow?mib=32'); // so that its numbers stand still, measured by what it has
  let asked = 0;
  const answer = async () => {
    asked += 1;
    if (asked > 2) await running.stop(); // a poll asks twice
    return (await fetch(`http://${running.address}/debug/vars`)).text();
  };
  const server = await serve(
    t,
    (_, response) =>
      void answer().then(
        (page) => response.end(page),
        () => response.destroy(),
      ),
  );
  const file = join(newFolder(t), 'ended.memgap');

  const live = await sameWhenReplayed(file, [String(running.pid), '--target.expvar', server.url, '--polls', '3', '--interval', '20ms']);

  assert.equal(live.code, 0);
  assert.match(live.out, new RegExp(`"pid": ${running.pid}`));
  const failed = open(file).polls.at(-1)?.runs.process?.at(-1)?.reading;
  assert.equal(failed?.ok === false && failed.reason, 'gone');
});

test('what could not be read is recorded as well: the record of a failure shows the failure', async (t) => {
  const file = join(newFolder(t), 'nobody.memgap');
  const live = await sameWhenReplayed(file, ['4194304', '--polls', '1']);
  assert.equal(live.code, 1);
  assert.match(live.out, /"reason": "gone"/);
});

test('with stand-ins for names the JSON is the same but for them', async (t) => {
  const running = await lab(t);
  if (typeof running === 'string') return t.skip(running);
  const folder = newFolder(t);
  const file = join(folder, 'plain.memgap');
  await running.ask('/grow?mib=8');
  await running.ask('/cgo/grow?mib=4');
  await recorded(file, [
    `http://${running.address}/debug/pprof`,
    '--target.name',
    'shop-operator',
    '--process.memory-reads',
    '--polls',
    '1',
  ]);

  const plain = (await replayed(file)).out;
  const other = written(join(folder, 'anonymous.memgap'), encodeRecording(anonymized(open(file))));
  const anonymous = (await replayed(other)).out;

  assert.deepEqual(withoutText(JSON.parse(anonymous)), withoutText(JSON.parse(plain)));
  assert.match(plain, /shop-operator/);
  const text = JSON.stringify(open(other));
  for (const name of ['shop-operator', 'go-newest-cgo', 'main.grow', 'main.go', '/lab']) assert.ok(!text.includes(name), name);
  for (const name of ['[heap]', 'libc.so.6', 'net/http.(*conn).serve']) assert.ok(text.includes(name), name);
});

/** The shape of a document, with its numbers and without its texts. */
function withoutText(value: unknown): unknown {
  if (typeof value === 'string') return '';
  if (Array.isArray(value)) return value.map(withoutText);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutText(each)]));
}
