/** A whole number of bytes. Branded, so that the "kB" of /proc cannot pass for bytes. */
export type Bytes = number & { readonly __unit: 'bytes' };

/** A count of bytes as the type that says so. */
export function bytes(count: number): Bytes {
  return count as Bytes;
}

/** A KiB and a MiB in bytes. */
export const kibibyte = 1024;
export const mebibyte = 1024 * kibibyte;

/** From the "kB" of /proc, which are KiB (proc(5)). */
export function kib(count: number): Bytes {
  return bytes(count * kibibyte);
}

const scale = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes for a person: three significant figures at least, binary units, signed: `-1.50 MiB`, `130 MiB`, `512 B`. */
export function formatBytes(count: number): string {
  let size = Math.abs(count);
  let step = 0;
  while (size >= 1024 && step < scale.length - 1) {
    size /= 1024;
    step += 1;
  }
  const digits = step === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return `${count < 0 ? '-' : ''}${size.toFixed(digits)} ${scale[step]}`;
}

const bytesPattern = /^(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|KiB|MiB|GiB)?$/;
const bytesIn: Record<string, number> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Bytes as a person writes them: `64MiB`, or `64MB`, binary too, as in Prometheus (units.Base2Bytes); `undefined` if it is neither. */
export function parseBytes(text: string): Bytes | undefined {
  const [, count, unit = 'B'] = bytesPattern.exec(text.trim()) ?? [];
  const size = count === undefined ? Number.NaN : Math.round(Number(count) * (bytesIn[unit] ?? Number.NaN));
  return Number.isSafeInteger(size) ? bytes(size) : undefined;
}

const durationPattern = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const millisecondsIn = [365 * 86_400_000, 7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1000, 1];

/** Milliseconds from a duration in Prometheus's notation (`15s`, `1m30s`, `500ms`); `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  const parts = durationPattern.exec(text);
  if (parts === null || text === '') return undefined;
  let total = 0;
  for (const [index, size] of millisecondsIn.entries()) total += Number(parts[index + 1] ?? 0) * size;
  return Number.isSafeInteger(total) ? total : undefined;
}

/** Milliseconds for a person, in the largest unit or two that fit: `1m30s`, `250ms`, `2d4h`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)}ms`;
  const seconds = Math.round(milliseconds / 1000);
  const parts: Array<readonly [number, string]> = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join('');
}
