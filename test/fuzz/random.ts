/** A source of numbers that a seed decides: the same seed makes the same input on every machine. */
export interface Random {
  /** From 0 to less than `end`. */
  below(end: number): number;
  /** True so many times of 100. */
  chance(percent: number): boolean;
  pick<T>(from: readonly [T, ...T[]] | readonly T[]): T;
}

/** Mulberry32: 32 bits of state, each value once before it repeats. */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (end: number) => Math.floor(next() * end);
  return {
    below,
    chance: (percent) => next() * 100 < percent,
    pick<T>(from: readonly T[]): T {
      if (from.length === 0) throw new RangeError('nothing to pick from');
      return from[below(from.length)] as T;
    },
  };
}

/** A number for a text or for bytes: FNV-1a, 32 bits. */
export function hashOf(input: Uint8Array | string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(input)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
