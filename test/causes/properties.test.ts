import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { judge } from '../../src/causes/engine/judge.ts';
import { causes } from '../../src/causes/index.ts';
import { known } from '../../src/model/reading.ts';
import { runs } from '../runs.ts';
import { arbitraryFacts } from './facts.ts';

const mib = 1024 ** 2;

test('whatever the books say: every cause is judged once, none throws, and none claims what is no number of bytes', () => {
  fc.assert(
    fc.property(arbitraryFacts, (all) => {
      const { active, inactive, notJudged } = judge(causes, all);
      const names = [...active.map(({ name }) => name), ...inactive, ...notJudged.map(({ name }) => name)];
      assert.deepEqual(names.toSorted(), causes.map(({ name }) => name).toSorted());
      for (const { name, bytes: claimed, evidence, summary, next } of active) {
        if (claimed !== undefined) assert.ok(Number.isFinite(claimed) && claimed >= mib, `${name} claims ${claimed}`);
        assert.ok(evidence.length > 0 && summary.length > 0 && next.length > 0, name);
        assert.ok(next.split('\n').length <= 2, `${name}: more than two lines to do`);
        assert.doesNotMatch(`${summary}${next.replace('\n', ' ')}${evidence.map(({ what }) => what).join()}`, /NaN|undefined|\n/, name);
      }
    }),
    { numRuns: runs(2000) },
  );
});

test('a byte is claimed once: all claims on a book are within the book', () => {
  fc.assert(
    fc.property(arbitraryFacts, (all) => {
      const { ledger } = all;
      const { active } = judge(causes, all);
      const claimed = (isOf: (account: string) => boolean) =>
        active.reduce((sum, { name, bytes: own = 0 }) => {
          const { claims = [] } = causes.find((cause) => cause.name === name) ?? {};
          return claims.length > 0 && claims.every(isOf) ? sum + own : sum;
        }, 0);
      const mapped = known(ledger.mapped)?.value;
      const resident = claimed((account) => /^(rss|go|mapped):/.test(account) && account !== 'go:not_resident');
      const most = mapped?.total ?? sumOf(known(ledger.go)?.components);
      assert.ok(resident <= most, `${resident} of ${most} resident`);
      const parts = sumOf(known(ledger.cgroup)?.components);
      const charged = claimed((account) => account.startsWith('cgroup:'));
      assert.ok(charged <= parts, `${charged} of ${parts} charged`);
      const anon = known(ledger.cgroup)?.components.anon ?? 0;
      const own = (ledger.rss.ok ? known(ledger.rss.value.kinds)?.components.anon : undefined) ?? 0;
      const others = claimed((account) => account === 'cgroup:other_processes');
      assert.ok(others <= Math.max(0, anon - own), `${others} of ${anon} that is anonymous, ${own} of them the target's`);
      assert.ok(claimed((account) => account === 'go:not_resident') <= (mapped?.notResident ?? 0));
    }),
    { numRuns: runs(2000) },
  );
});

/** Of the parts, not of the total: a book may have booked more than its total says, and tells so in `unattributed`. */
function sumOf(parts: Readonly<Record<string, number | undefined>> = {}): number {
  return Object.values(parts).reduce<number>((sum, part) => sum + (part ?? 0), 0);
}
