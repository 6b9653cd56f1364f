import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lived, type Moment } from '../lives.ts';

/**
 * A heap of which so many MiB live, by the hour; `garbage` times as much is allocated beside it. Collected when it reaches its goal, and
 * every two minutes.
 */
function heapOf(live: (hour: number) => number, garbage: number, gogc = 1): (hour: number) => Moment {
  let collections = 0;
  let marked = live(0);
  let dead = 0;
  let before = 0;
  let collected = 0;
  return (hour) => {
    dead += 60 * (hour - before) * garbage;
    before = hour;
    while (live(hour) + dead > (1 + gogc) * marked || hour - collected > 1 / 30) {
      collections += 1;
      marked = live(hour);
      dead = 0;
      collected = hour;
    }
    const heap = live(hour) + dead;
    return { rss: heap + 15, heap, collections, nextGc: (1 + gogc) * marked, c: 0, gogc };
  };
}

test('a heap that grows and lives is not called garbage, at any poll', () => {
  const looks = lived(
    0.25,
    heapOf((hour) => 10 + 190 * (hour / 0.25), 0),
    () => true,
  );
  for (const { hour, verdicts } of looks) {
    const { bytes = 0 } = verdicts.active.find(({ name }) => name === 'go_gc_headroom') ?? {};
    assert.equal(bytes, 0, `after ${hour * 60} minutes`);
  }
  const why = looks.at(-1)?.verdicts.notJudged.find(({ name }) => name === 'go_gc_headroom');
  assert.equal(why?.reason, 'too-early');
});

for (const gogc of [0.5, 1, 3]) {
  test(`a heap that stands and makes garbage has headroom, GOGC=${gogc * 100}; what grew is in it only until the next collection`, () => {
    const live = (hour: number) => (hour < 1 ? 60 : 60 + 40 * Math.min(1, (hour - 1) / 0.2));
    const looks = lived(1.5, heapOf(live, 20, gogc), (hour) => hour > 0.5);
    const named = looks.filter(({ verdicts }) => verdicts.active.some(({ name }) => name === 'go_gc_headroom'));
    assert.ok(named.length > 20);
    for (const { hour, verdicts, ledger } of named) {
      const { bytes = 0, summary = '' } = verdicts.active.find(({ name }) => name === 'go_gc_headroom') ?? {};
      const { heapAlloc = 0 } = ledger.snapshot.go.ok ? ledger.snapshot.go.value.memstats : {};
      const dead = heapAlloc / 1024 ** 2 - live(hour);
      const since = live(hour) - live(hour - 1 / 30);
      assert.ok(bytes / 1024 ** 2 <= dead + since + 2, `${hour}: ${bytes / 1024 ** 2} of ${dead} MiB`);
      assert.match(summary, /^Up to /);
    }
    assert.ok(named.some(({ hour }) => hour > 1.3));
  });
}
