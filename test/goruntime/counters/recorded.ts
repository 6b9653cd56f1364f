import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessMemory } from '../../../src/kernel/memory/memory.ts';
import type { Mapping } from '../../../src/model/mapping.ts';
import { bytes } from '../../../src/model/units.ts';

const folder = join(import.meta.dirname, '../../fixtures/runtime-memory');

/** The labs whose counters were recorded. */
export const recordings = ['go1.19-pure', 'go-newest-cgo'] as const;

/** Pages of a lab's data, where they lay, and what heap?debug=1 told then. */
export interface Recording {
  readonly data: Buffer;
  readonly address: number;
  readonly heapAt: number;
  readonly sysAt: number;
  readonly memstats: Readonly<Record<string, number>>;
  readonly mappings: readonly Mapping[];
}

/** One recording, its data a copy of the test's own. */
export function recording(name: (typeof recordings)[number]): Recording {
  const { anonymous, ...rest } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  const mappings: Mapping[] = [];
  for (const [start, end, permissions] of anonymous) mappings.push(mapping({ start, end, permissions }));
  return { ...rest, mappings, data: readFileSync(join(folder, `${name}.bin`)) };
}

/** A mapping of which only these things matter. */
export function mapping(some: Partial<Mapping> & Pick<Mapping, 'start' | 'end' | 'permissions'>): Mapping {
  const none = bytes(0);
  const sizes = { rss: none, anonymous: none, swap: none, lazyFree: none, anonHugePages: none, locked: none };
  return { offset: 0, device: '00:00', inode: 0, path: '', ...sizes, thpEligible: undefined, flags: '', ...some };
}

/** Bytes at an address, read as a process's memory is. */
export function memoryOf(data: Buffer, address: number): ProcessMemory {
  const end = address + data.length;
  return {
    read: (at, size) => (at < address || at >= end ? Buffer.alloc(0) : data.subarray(at - address, at - address + size)),
    present: (from, to) => (from < end && to > address ? [{ start: Math.max(from, address), end: Math.min(to, end) }] : []),
    close: () => undefined,
  };
}
