import type { GoEnvironment, GoLimit } from '../../snapshot.ts';
import { type Bytes, bytes } from '../../units.ts';

/** Looks for the two settings in an environment that comes in pieces; keeps nothing else of it, not even between two pieces. */
export interface SettingsScan {
  /** Names and values with a NUL behind each, as execve(2) laid them out. */
  push(piece: Uint8Array): void;
  /** Both were found: what follows does not matter. */
  isDone(): boolean;
  settings(): GoEnvironment;
}

const names = ['GOGC=', 'GOMEMLIMIT='] as const;
const longestValue = 64; // no number that Go takes is longer; the rest is cut, and so is no number

/** Pure: the first of a name counts, as for gogetenv (runtime/env_posix.go). */
export function createSettingsScan(): SettingsScan {
  const values = new Map<(typeof names)[number], string>();
  /** Of the entry that is being read; absent once it is known to be another. */
  let entry: string | undefined = '';

  function push(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; at += 1) {
      if (entry === undefined) {
        at = piece.indexOf(0, at);
        if (at < 0) return;
      }
      const byte = piece[at] ?? 0;
      if (byte === 0) finish();
      else entry = candidate((entry ?? '') + String.fromCharCode(byte));
    }
  }

  function candidate(text: string): string | undefined {
    const name = names.find((each) => (text.length < each.length ? each.startsWith(text) : text.startsWith(each)));
    return name === undefined ? undefined : text.slice(0, name.length + longestValue + 1);
  }

  function finish(): void {
    const name = names.find((each) => entry?.startsWith(each));
    if (name !== undefined && entry !== undefined && !values.has(name)) values.set(name, entry.slice(name.length));
    entry = '';
  }

  return {
    push,
    isDone: () => values.size === names.length,
    settings: () => ({ memoryLimit: memoryLimitOf(values.get('GOMEMLIMIT=')), gogc: gogcOf(values.get('GOGC=')) }),
  };
}

const units = { '': 0n, B: 0n, KiB: 10n, MiB: 20n, GiB: 30n, TiB: 40n } as const;

/** readGOMEMLIMIT and parseByteCount (runtime/mgcpacer.go, runtime/string.go): bytes, or with B, KiB, MiB, GiB or TiB; without one it is off. With any other text no program starts. */
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
