import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachBlock } from '../../../src/goruntime/tables/each-block.ts';
import type { ProcessMemory } from '../../../src/kernel/memory/memory.ts';

const mib = 1024 * 1024;

/** Memory of which only some stretches are resident. */
function memoryWith(stretches: ReadonlyArray<{ readonly start: number; readonly end: number }>): ProcessMemory {
  return {
    read: (_, size) => Buffer.alloc(size),
    present: (start, end, most) =>
      stretches.flatMap((each) => {
        const part = { start: Math.max(each.start, start), end: Math.min(each.end, end, start + most) };
        return part.start < part.end ? [part] : [];
      }),
    close: () => undefined,
  };
}

async function looked(stretches: ReadonlyArray<{ readonly start: number; readonly end: number }>): Promise<readonly number[]> {
  const addresses: number[] = [];
  const signal = AbortSignal.timeout(60_000);
  await eachBlock(memoryWith(stretches), [{ start: 0, end: 4096 * mib }], signal, (_, address) => addresses.push(address));
  return addresses;
}

test('data behind a large table that nobody touched is looked at', async () => {
  assert.deepEqual(
    await looked([
      { start: 0, end: 4096 },
      { start: 400 * mib, end: 400 * mib + 4096 },
    ]),
    [0, 400 * mib],
  );
});

test('no more than 64 MiB are looked at, and no more than 1 GiB is looked up', async () => {
  const all = await looked([{ start: 0, end: 200 * mib }]);
  assert.equal(all.at(-1), 64 * mib - 32 * 1024);
  assert.deepEqual(await looked([{ start: 1500 * mib, end: 1501 * mib }]), []);
});
