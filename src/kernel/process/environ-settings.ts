import type { GoEnvironment, GoLimit } from '../../model/go.ts';
import { type Bytes, bytes } from '../../model/units.ts';

/** Looks for the two settings in an environment that comes in pieces; keeps nothing else of it, not even between two pieces. */
export interface SettingsScan {
  /** Names and values with a NUL behind each, as execve(2) laid them out. */
  push(piece: Uint8Array): void;
  /** Both were found: what follows does not matter. */
  isDone(): boolean;
  settings(): GoEnvironment;
}

const names = ['GOGC=', 'GOMEMLIMIT='] as const;
const maxValueBytes = 64; // no number that Go takes is longer; the rest is cut, and so is no number

/**
 * Pure: the first of a name counts, as for gogetenv (runtime/env_posix.go). A process may have written over its environment, a million
 * entries of nothing: an entry costs no step of ours unless it is one of the two.
 */
export function createSettingsScan(): SettingsScan {
  const values = new Map<(typeof names)[number], string>();
  let begun = Buffer.alloc(1); // what may become an entry that is wanted, behind the NUL before it

  function push(piece: Uint8Array): void {
    const text = Buffer.concat([begun, piece]);
    begun.fill(0);
    let from = text.length - unfinished(text);
    for (const name of names) {
      if (values.has(name)) continue;
      const start = text.indexOf(`\0${name}`) + 1;
      if (start === 0) continue;
      const end = text.indexOf(0, start);
      const room = start + name.length + maxValueBytes + 1;
      if (end !== -1 || text.length >= room)
        values.set(name, text.toString('latin1', start + name.length, end === -1 ? room : Math.min(end, room)));
      else from = Math.min(from, start - 1);
    }
    begun = Buffer.from(text.subarray(from));
    text.fill(0);
  }

  return {
    push,
    isDone: () => values.size === names.length,
    settings: () => ({ memoryLimit: memoryLimitOf(values.get('GOMEMLIMIT=')), gogc: gogcOf(values.get('GOGC=')) }),
  };
}

/** How many bytes at the end of a text may be the beginning of a wanted entry. */
function unfinished(text: Buffer): number {
  for (let size = Math.min(text.length, 'GOMEMLIMIT='.length); size > 0; size -= 1) {
    const end = text.subarray(text.length - size);
    if (names.some((name) => end.equals(Buffer.from(`\0${name}`, 'latin1').subarray(0, size)))) return size;
  }
  return 0;
}

const units = { '': 0n, B: 0n, KiB: 10n, MiB: 20n, GiB: 30n, TiB: 40n } as const;

/**
 * readGOMEMLIMIT, parseByteCount (runtime/mgcpacer.go, string.go): bytes, or B to TiB; empty is off. With any other text no program starts.
 */
function memoryLimitOf(text = ''): GoLimit<Bytes> | undefined {
  if (text === '' || text === 'off') return 'off';
  const [, digits, unit] = /^\+?(\d+)(B|[KMGT]iB|)$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const size = BigInt(digits) << units[unit as keyof typeof units];
  if (BigInt.asIntN(64, size) !== size) return undefined;
  return size > Number.MAX_SAFE_INTEGER ? 'off' : bytes(Number(size));
}

/** readGOGC (runtime/mgcpacer.go): a percentage of 32 bits, 100 where it is none, off below 0. As a ratio. */
function gogcOf(text = ''): GoLimit<number> {
  if (text === 'off') return 'off';
  const percent = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if ((percent | 0) !== percent) return 1;
  return percent < 0 ? 'off' : Math.abs(percent) / 100; // -0
}
