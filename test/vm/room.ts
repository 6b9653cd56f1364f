import assert from 'node:assert/strict';
import { type Document, mib } from './document.ts';
import { statement } from './statement.ts';

/** The shape of the job (guest/room.ts), and at least so much of what could be had is told. */
const made = [
  ['cache-clean', 0.85],
  ['cache-locked', 0.85],
  ['cache-secret', 0.85],
  ['cache-sent', 0.85],
  ['cache-pipes', 0.6],
] as const;

/** One container of the job's. */
interface Filled {
  readonly truth: { readonly refused?: string };
  readonly ledger: Document;
  readonly had: number;
}

/** The room before an OOM kill that memgap told, against what could be had of it, on cgroup v2. */
export function roomStatements(): void {
  for (const [shape, share] of made) {
    statement(`room before an OOM kill, ${shape}: no more than can be had, and at least ${share} of it`, (results, t) => {
      const { truth, ledger, had } = results.read<Filled>(`room/${shape}.json`);
      if (truth.refused !== undefined) return t.skip(truth.refused);
      const { headroom = Number.NaN, headroom_most: most } = ledger.cgroup ?? {};
      t.diagnostic(`${shape}: told ${show(headroom)}${most === undefined ? '' : ` to ${show(most)}`}, had ${show(had)}`);
      // huge pages are always on there: the program itself takes one more while it is looked at, or not
      assert.ok(headroom <= had + 2 * mib, `told ${show(headroom)}, and only ${show(had)} could be had`);
      assert.ok(headroom >= share * had, `told ${show(headroom)}, and ${show(had)} could be had`);
      if (most !== undefined) assert.ok(most >= had, `told at most ${show(most)}, and ${show(had)} could be had`);
    });
  }
}

function show(size: number): string {
  return `${(size / mib).toFixed(1)} MiB`;
}
