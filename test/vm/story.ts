import assert from 'node:assert/strict';
import { mib, part, sum } from './document.ts';
import { type Look, lookAt } from './look.ts';
import type { Results } from './machine.ts';
import { statement } from './statement.ts';

const steps = ['start', 'first-made', 'first-deleted', 'second-made', 'second-deleted'] as const;

/** As much as the objects take. */
const objects = 100 * mib;

function at(results: Results, step: (typeof steps)[number]): Look {
  return lookAt(results, `story/${step}.json`);
}

function live({ go }: Look): number {
  return part(go.components, 'heap_live');
}

/** Idle heap, whether it is kept or given back. */
function idle({ go }: Look): number {
  return part(go.components, 'heap_reserved') + part(go.components, 'heap_released');
}

function floor({ cgroup }: Look): number {
  return cgroup.total - part(cgroup.components, 'anon_unmapped');
}

/** Objects made, deleted, made and deleted again: the story that memgap was born from. */
export function storyStatements(): void {
  for (const step of steps) {
    statement(`story, ${step}: the named components are the container's number, but for 1 % or each CPU's stock of pages`, (results, t) => {
      const { cgroup } = at(results, step);
      assert.equal(sum(cgroup.components) + cgroup.unattributed, cgroup.total);
      const allowed = Math.max(0.01 * cgroup.total, 2 * 64 * 4096);
      assert.ok(Math.abs(cgroup.unattributed) <= allowed, `${cgroup.unattributed} of ${cgroup.total}`);
      t.diagnostic(`${cgroup.unattributed} of ${cgroup.total} bytes are unattributed, anon_unmapped ${cgroup.components.anon_unmapped}`);
    });

    statement(`story, ${step}: what Go uses is the container's anonymous memory`, (results) => {
      const { cgroup, go } = at(results, step);
      const difference = part(cgroup.components, 'anon') - go.used;
      assert.ok(Math.abs(difference) <= 3 * mib, `anon - used is ${difference}`);
    });
  }

  for (const round of ['first', 'second'] as const) {
    statement(`story, ${round} round: objects are live heap, and idle heap when they are deleted`, (results) => {
      const [start, made, deleted] = [at(results, 'start'), at(results, `${round}-made`), at(results, `${round}-deleted`)];
      assert.ok(Math.abs(live(made) - live(start) - objects) <= 0.05 * objects, `live heap is ${live(made)}`);
      assert.ok(live(deleted) - live(start) <= mib, `live heap is ${live(deleted)}`);
      assert.ok(idle(deleted) >= 0.95 * objects, `idle heap is ${idle(deleted)}`);
    });
  }

  statement('story: the second load ends at the same floor, but for huge pages that are not split yet', (results) => {
    const [first, second] = [at(results, 'first-deleted'), at(results, 'second-deleted')];
    assert.ok(Math.abs(second.go.total - first.go.total) <= 4 * mib, `Sys ${first.go.total}, then ${second.go.total}`);
    assert.ok(Math.abs(live(second) - live(first)) <= mib);
    assert.ok(floor(second) <= 1.05 * floor(first), `usage ${floor(first)}, then ${floor(second)}`);
  });
}
