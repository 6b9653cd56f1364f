import type { ProcessMemory } from '../../kernel/memory/memory.ts';

/** The bytes as 32-bit words, low half of each 64-bit word first: little-endian only, as all of Linux's Go ports but two are. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  const whole = bytes.length - (bytes.length % 8);
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, whole / 4);
}

/** The 64-bit word at an even index; NaN for one past 2^53, which no count of bytes is, and for one past the end. */
export function wordAt(words: Uint32Array, index: number): number {
  const high = words[index + 1];
  if (high === undefined || high >= 2 ** 21) return Number.NaN;
  return high * 2 ** 32 + (words[index] ?? Number.NaN);
}

/** The same as a signed number, for the differences that the runtime keeps; NaN past 2^53 either way. */
export function signedAt(words: Uint32Array, index: number): number {
  const high = words[index + 1];
  if (high === undefined || (high >= 2 ** 21 && high < 2 ** 32 - 2 ** 21)) return Number.NaN;
  return (high >= 2 ** 31 ? high - 2 ** 32 : high) * 2 ** 32 + (words[index] ?? Number.NaN);
}

/** The 64-bit word that stands in the memory, an address as a rule; NaN where none can be read. */
export function addressAt(memory: Pick<ProcessMemory, 'read'>, at: number): number {
  return wordAt(wordsOf(memory.read(at, 8)), 0);
}
