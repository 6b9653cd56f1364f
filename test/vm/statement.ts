import { type TestContext, test } from 'node:test';
import { found, type Reading } from '../../src/model/reading.ts';
import { type Results, runMachine } from './machine.ts';
import { locateParts } from './parts.ts';

let machine: Promise<Reading<Results>> | undefined;

/** Booted by the first that asks, once for all statements. */
function results(): Promise<Reading<Results>> {
  machine ??= run();
  return machine;
}

async function run(): Promise<Reading<Results>> {
  const parts = locateParts();
  return parts.ok ? found(await runMachine(parts.value)) : parts;
}

/** One test on what came out of the machine; skipped where there can be none. */
export function statement(name: string, check: (results: Results, t: TestContext) => void): void {
  test(name, async (t) => {
    const seen = await results();
    if (!seen.ok) return t.skip(seen.detail);
    check(seen.value, t);
  });
}
