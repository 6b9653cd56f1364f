import assert from 'node:assert/strict';
import { hiddenLeaks } from '../../acceptance/accuracy/bounds.ts';
import { type LeakRun, leakRun } from '../../acceptance/accuracy/leaks.ts';
import { mib } from './document.ts';
import type { Results } from './machine.ts';
import { statement } from './statement.ts';

const released = [
  'go1.19-collapsed',
  'go1.19-huge-beside-untouched',
  'go-newest-collapsed',
  'go-newest-huge-beside-untouched',
  'go-newest-huge-released',
];
const hidden = released.filter((name) => hiddenLeaks.some((leak) => name.endsWith(leak)));

/**
 * Where huge pages are always on, the first touch of a place brings in the 2 MiB around it: at either end of what a leak took, as much of
 * a neighbor may come along. That is resident, and its owner's, and not in the ranges that the lab looks at.
 */
const neighbors = 2 * 2 * mib;

function runOf(results: Results, name: string): LeakRun {
  return leakRun({ ...results.read<Parameters<typeof leakRun>[0]>(`huge-pages/${name}.json`), looking: { memoryReads: false } });
}

/** Huge pages that come by themselves, against the bytes that the lab knows. */
export function hugePagesStatements(): void {
  for (const name of ['go-newest-huge-live', 'go-newest-untouched', 'go-newest-huge-released', 'go-newest-collapsed', 'go1.19-collapsed']) {
    statement(
      `huge pages, ${name}: what the lab knows is booked in its component, within 1 % and a huge page at either end`,
      (results, t) => {
        const { component, grown, injected, overhead, mib: size, before } = runOf(results, name);
        // the heap reuses what is released and resident already: that grows by the rest only
        const already = component === 'go_released_resident' ? (before.rss?.released_resident?.ceiling ?? 0) : 0;
        const by = grown?.[component] ?? Number.NaN;
        const tolerance = 0.01 * size * mib;
        assert.ok(by >= injected.low - already - tolerance, `${component} grew by ${by}, injected were at least ${injected.low}`);
        assert.ok(
          by <= injected.high + overhead + tolerance + neighbors,
          `${component} grew by ${by}, injected were at most ${injected.high}`,
        );
        t.diagnostic(`${component} grew by ${by}, injected ${injected.low} to ${injected.high}`);
      },
    );
  }

  for (const name of released) {
    statement(`huge pages, ${name}: the released and resident memory lies between floor and ceiling`, (results, t) => {
      const { injected, before, after, mib: size } = runOf(results, name);
      const interval = after.rss?.released_resident;
      assert.ok(interval !== undefined);
      const already = before.rss?.released_resident?.ceiling ?? 0;
      const tolerance = 0.01 * size * mib;
      assert.ok(
        interval.floor - already <= injected.high + tolerance,
        `floor ${interval.floor}, before ${already}, truth ${injected.high}`,
      );
      assert.ok(interval.ceiling >= injected.high - tolerance, `ceiling ${interval.ceiling}, truth ${injected.high}`);
      t.diagnostic(`${interval.floor} to ${interval.ceiling}, truth ${injected.high}, before at most ${already}`);
    });
  }

  for (const name of hidden) {
    statement(`huge pages, ${name}: the sum looks as if nothing had happened, and the ceiling alone tells`, (results) => {
      const { grown, injected, after } = runOf(results, name);
      assert.ok(Math.abs(grown?.go_released_resident ?? Number.NaN) <= neighbors);
      assert.ok((after.rss?.released_resident?.ceiling ?? 0) >= 0.99 * injected.high);
    });
  }

  statement('huge pages: nothing is unattributed', (results) => {
    for (const name of [...released, 'go-newest-huge-live', 'go-newest-untouched']) {
      const { rss } = runOf(results, name).after;
      assert.ok(rss !== undefined && Math.abs(rss.unattributed ?? Number.NaN) <= 0.002 * rss.total, name);
    }
  });

  statement('huge pages, go-newest-untouched: what was never touched is told, short of the huge pages that came along', (results) => {
    const { after, notResident } = runOf(results, 'go-newest-untouched');
    const told = results.read<{ after: { go: { not_resident: number } } }>('huge-pages/go-newest-untouched.json').after.go.not_resident;
    assert.ok(after.go !== undefined);
    assert.ok(told <= notResident + mib && told >= notResident - neighbors, `${told} of ${notResident}`);
  });
}
