/**
 * Numbers that look random and are the same for the same seed, so that a bench can be repeated and a seed that nobody looked at can be
 * named.
 */
export interface Random {
  /** From `low` up to `high`. */
  between(low: number, high: number): number;
  /** A whole number from `low` to `high`. */
  whole(low: number, high: number): number;
  /** Around 0, of standard deviation 1 (nearly normal: the sum of twelve). */
  noise(): number;
  pick<T>(from: readonly [T, ...T[]]): T;
}

/** A generator for one seed; xorshift32 (Marsaglia 2003) is random enough for shapes. */
export function randomOf(seed: number): Random {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x6d2b79f5) >>> 0 || 1;
  for (let warm = 0; warm < 8; warm += 1) next(); // neighboring seeds part

  function next(): number {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  }

  function between(low: number, high: number): number {
    return low + (high - low) * next();
  }

  function whole(low: number, high: number): number {
    return Math.floor(between(low, high + 1));
  }

  function noise(): number {
    let sum = -6;
    for (let count = 0; count < 12; count += 1) sum += next();
    return sum;
  }

  function pick<T>(from: readonly [T, ...T[]]): T {
    return from[whole(0, from.length - 1)] ?? from[0];
  }

  return { between, whole, noise, pick };
}
