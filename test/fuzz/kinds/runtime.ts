import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { goBook } from '../../../src/books/go.ts';
import { memStatsFromCounters } from '../../../src/goruntime/counters/counters-to-memstats.ts';
import { readCounters } from '../../../src/goruntime/counters/read-counters.ts';
import { findHeapWords } from '../../../src/goruntime/counters/scan.ts';
import { tablesFrom } from '../../../src/goruntime/tables/own-graph.ts';
import { data, heap, MadeMemory, madeRuntime, pagesAt, parts } from '../../goruntime/tables/made-runtime.ts';
import { Broken, type Kind } from '../kind.ts';
import { balanced, numbersIn, sound } from '../properties.ts';
import type { Random } from '../random.ts';

const folder = join(import.meta.dirname ?? __dirname, '../../fixtures/runtime-memory');

interface Recorded {
  readonly address: number;
  readonly heapAt: number;
  readonly sysAt: number;
}

const recorded = readdirSync(folder)
  .filter((name) => name.endsWith('.bin'))
  .sort()
  .map((name) => ({
    ...(JSON.parse(readFileSync(join(folder, name.replace('.bin', '.json')), 'utf8')) as Recorded),
    bytes: readFileSync(join(folder, name)),
  }));

const bounds = { anonymous: 2 ** 32, arenas: 2 ** 31, mapped: 2 ** 40, lowest: 0xc000000000, highest: 0xc100000000 };
const words = [0n, 1n, 4096n, 1n << 31n, 1n << 47n, (1n << 53n) - 1n, 1n << 53n, (1n << 63n) - 1n, (1n << 64n) - 1n];

/** Changes of a recorded page: which recording, then a place and a word for each. */
const counters: Kind = {
  name: 'runtime-counters',
  extension: 'json',
  weight: 30,
  make(random) {
    const which = random.below(recorded.length);
    const { heapAt, sysAt, address, bytes } = recorded[which] ?? { heapAt: 0, sysAt: 0, address: 0, bytes: Buffer.alloc(8) };
    const place = () =>
      random.pick([heapAt - address + 8 * random.below(6), sysAt - address + 8 * random.below(6), 8 * random.below(bytes.length / 8 - 1)]);
    const changes = Array.from({ length: random.below(5) }, () => [
      place(),
      String(random.pick([...words, BigInt(random.below(2 ** 31))])),
    ]);
    return Buffer.from(JSON.stringify([which, changes]));
  },
  check(input) {
    const decoded = decode(input);
    const base = recorded[Number(decoded?.[0])];
    if (decoded === undefined || base === undefined) return;
    const bytes = Buffer.from(base.bytes);
    for (const [at = 0, value = '0'] of decoded[1]) if (Number(at) + 8 <= bytes.length) bytes.writeBigUInt64LE(BigInt(value), Number(at));
    const memory = new MadeMemory();
    memory.write(base.address, bytes);
    for (const heapAt of [base.heapAt, ...findHeapWords(bytes, base.address, bounds).slice(0, 2)]) {
      const reading = readCounters(memory, { heapAt, sysAt: base.sysAt, deltas: undefined, arenas: 0 });
      sound(reading);
      if (!reading.ok) continue;
      const stats = memStatsFromCounters(reading.value.counters);
      sound(stats);
      if (!stats.ok) continue;
      for (const [path, value] of numbersIn(stats.value))
        if (!Number.isSafeInteger(value) || value < 0) throw new Broken(`${path} is ${value}`);
      balanced(goBook(stats.value), 'Go');
    }
  },
};

const ranges = [...parts, heap, ...Object.values(data).map((start) => ({ start, end: start + 4096 }))];

/** Words of the runtime's tables that say something else. */
const tables: Kind = {
  name: 'runtime-tables',
  extension: 'json',
  weight: 8,
  make(random) {
    const place = (from: Random) => {
      const { start, end } = from.pick(ranges);
      return start + 8 * from.below(Math.min(end - start, from.pick([64, 4096, 2 ** 20])) / 8);
    };
    const value = () => random.pick([0, 1, 4096, 2 ** 31, 2 ** 47, 2 ** 53 - 1, random.below(2 ** 31), place(random)]);
    return Buffer.from(JSON.stringify([0, Array.from({ length: 1 + random.below(6) }, () => [place(random), String(value())])]));
  },
  async check(input) {
    const decoded = decode(input);
    if (decoded === undefined) return;
    const memory = madeRuntime();
    for (const [at = 0, value = '0'] of decoded[1]) if (Number.isSafeInteger(at)) memory.word(Number(at), Number(value));
    let pauses = 0;
    const pause = async () => {
      pauses += 1;
      if (pauses > 1e5) throw new Broken('it never ends');
      return true;
    };
    const found = await tablesFrom(memory, { parts, heap: [heap] }, () => [...Object.values(data), pagesAt], { pause });
    for (const { start, end } of found?.ranges ?? []) {
      if (!parts.some((part) => start >= part.start && end <= part.end))
        throw new Broken(`a table from ${start} to ${end} is outside of what can be one`);
    }
  },
};

function decode(input: Buffer): readonly [number, ReadonlyArray<readonly [number, string]>] | undefined {
  try {
    const [which, changes] = JSON.parse(input.toString()) as [number, Array<[number, string]>];
    return changes.every(([at, value]) => typeof at === 'number' && /^\d+$/.test(value)) ? [which, changes] : undefined;
  } catch {
    return undefined; // made smaller to no input at all
  }
}

/** The memory of a Go runtime, which the target writes. */
export const runtimeKinds: readonly Kind[] = [counters, tables];
