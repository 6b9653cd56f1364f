import assert from 'node:assert/strict';
import { type Metrics, metricsOf } from '../e2e/memgap.ts';
import { mib } from './document.ts';
import { flat } from './look.ts';
import type { Results } from './machine.ts';
import { statement } from './statement.ts';

/** What the job kept of a fault (guest/faults.ts). */
interface Fault {
  readonly at: number;
  readonly pages: readonly { readonly at: number; readonly text: string }[];
}

const names = [
  'limit-changed',
  'child-killed',
  'operator-killed',
  'operator-restarted',
  'operator-out-of-memory',
  'operator-back',
] as const;

function pagesOf(
  results: Results,
  name: (typeof names)[number],
): { readonly at: number; readonly pages: readonly Metrics[]; readonly last: Metrics } {
  const { at, pages } = results.read<Fault>(`faults/${name}.json`);
  const read = pages.map(({ text }) => metricsOf(text));
  const last = read.at(-1);
  assert.ok(last !== undefined, 'there is a page');
  return { at, pages: read, last };
}

/** Polls that began after the fault and had it wrong; the one that was under way may. */
function assertWithinTwoPolls(pages: readonly Metrics[], at: number, isSo: (page: Metrics) => boolean): void {
  const wrong = new Set<number>();
  for (const page of pages) {
    const taken = page.value('memgap_snapshot_timestamp_seconds');
    if (taken !== undefined && taken > at && !isSo(page)) wrong.add(taken);
  }
  assert.ok(pages.some(isSo), 'no page had it right');
  assert.ok(wrong.size <= 1, `${wrong.size} polls had it wrong`);
}

/** What memgap says when something happens to its operator, on cgroup v2. */
export function faultsStatements(): void {
  statement('fault, the limit is changed live: limit and headroom follow within two polls', (results) => {
    const { at, pages, last } = pagesOf(results, 'limit-changed');
    assertWithinTwoPolls(pages, at, (page) => page.value('memgap_cgroup_limit_bytes') === 256 * mib);
    const room = 256 * mib - (last.value('memgap_cgroup_unreclaimable_bytes') ?? Number.NaN);
    const told = last.value('memgap_oom_headroom_bytes') ?? Number.NaN;
    assert.ok(Math.abs(told - (room * (1 - 1 / 512) - 3 * mib)) <= 1, `${told} of ${room}`);
  });

  statement('fault, a child is killed for lack of memory: memgap_cgroup_events_total tells within two polls', (results) => {
    const { at, pages, last } = pagesOf(results, 'child-killed');
    const events = flat(results.read('faults/child-killed-events.json'));
    assert.equal(events.get('oom_kill'), 1);
    assertWithinTwoPolls(pages, at, (page) => page.value('memgap_cgroup_events_total', { event: 'oom_kill' }) === 1);
    for (const event of ['oom', 'oom_kill', 'max', 'high']) {
      assert.equal(last.value('memgap_cgroup_events_total', { event }), events.get(event), event);
    }
    assert.equal(last.value('memgap_target_up'), 1, 'the operator lives');
    assert.equal(last.value('memgap_target_restarts_total'), 0);
  });

  statement('fault, the operator is killed and its group removed: its series go within two polls', (results) => {
    const { at, pages, last } = pagesOf(results, 'operator-killed');
    assertWithinTwoPolls(pages, at, (page) => page.value('memgap_target_up') === 0);
    const stale = [...last.families.keys()].filter((name) => /^memgap_(cgroup|rss|go|oom)_/.test(name));
    assert.deepEqual(stale, []);
  });

  statement('fault, the operator is started again: a restart, the numbers of the new group and never again the old', (results) => {
    const { pages, last } = pagesOf(results, 'operator-restarted');
    assert.equal(last.value('memgap_target_up'), 1);
    assert.equal(last.value('memgap_target_restarts_total'), 1);
    for (const page of pages) assert.ok([undefined, 320 * mib].includes(page.value('memgap_cgroup_limit_bytes')));
    assert.equal(last.value('memgap_cgroup_limit_bytes'), 320 * mib);
    assert.equal(last.value('memgap_cgroup_events_total', { event: 'oom_kill' }), 0, "the new group's events");
  });

  statement('fault, the operator itself is killed for lack of memory: a restart, and /explain keeps what was seen last', (results) => {
    const gone = pagesOf(results, 'operator-out-of-memory');
    assertWithinTwoPolls(gone.pages, gone.at, (page) => page.value('memgap_target_up') === 0);
    const [target] = JSON.parse(results.read<string>('faults/last-sight.json'));
    assert.equal(target.last_sight.limit, 320 * mib);
    assert.ok(target.last_sight.headroom > 0 && target.last_sight.headroom < 320 * mib, `headroom ${target.last_sight.headroom}`);
    assert.equal(pagesOf(results, 'operator-back').last.value('memgap_target_restarts_total'), 2);
    assert.match(
      results.read<string>('faults/explained.json'),
      /^restarted: the process before this one, .* of 320 MiB, .* before an OOM kill/m,
    );
  });

  statement('faults: memgap itself runs on through all of them', (results) => {
    const starts = names.flatMap((name) => pagesOf(results, name).pages.map((page) => page.value('memgap_self_start_time_seconds')));
    assert.equal(new Set(starts).size, 1);
  });
}
