import assert from 'node:assert/strict';
import type { Document, Group } from './document.ts';
import type { Results } from './machine.ts';

/** One look of the job's (guest/look.ts), at a ledger that is whole. */
export interface Look {
  readonly truth?: { readonly injected: number; readonly bytes?: number };
  readonly ledger: Document;
  readonly go: NonNullable<Document['go']>;
  readonly cgroup: Group;
  readonly metrics: string;
  readonly files: Readonly<Record<string, string>>;
}

/** The look that the job kept under a name. */
export function lookAt(results: Results, path: string): Look {
  const look = results.read<Omit<Look, 'go' | 'cgroup'>>(path);
  const { go, cgroup } = look.ledger;
  assert.ok(go !== undefined && cgroup !== undefined, `${path} has no whole ledger`);
  return { ...look, go, cgroup };
}

/** `key value` lines. */
export function flat(text = ''): ReadonlyMap<string, number> {
  return new Map([...text.matchAll(/^(\w+) (\d+)$/gm)].map(([, key = '', count]) => [key, Number(count)]));
}
