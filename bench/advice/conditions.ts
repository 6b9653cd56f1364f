import type { Trial } from './trial.ts';

/** What a size must keep, against the same start and load without a limit. */
export interface Bounds {
  readonly readBytes: number;
  readonly ready: number;
  readonly gcSeconds: number;
}

/**
 * What may be lost by the size: times what it is without a limit, and what the machine does by itself (a median of three still moves by
 * that); of collections at least 0.2 s.
 */
export const allowed = {
  readBytes: { times: 1.2, more: 2 * 1024 ** 2 },
  ready: { times: 1.2, more: 0.3 },
  gcSeconds: { times: 2, least: 0.2 },
} as const;

/** The bounds that starts without a limit set. */
export function boundsOf(free: readonly Trial[]): Bounds {
  const bound = (of: (trial: Trial) => number, { times, more }: { readonly times: number; readonly more: number }) =>
    median(free.map(of)) * times + more;
  return {
    readBytes: bound((trial) => trial.readBytes, allowed.readBytes),
    ready: bound(readyOf, allowed.ready),
    gcSeconds: Math.max(allowed.gcSeconds.least, median(free.map(gcOf)) * allowed.gcSeconds.times),
  };
}

/** Why starts with a size do not keep the bounds; empty where they do. A kill counts once it came; what is measured, by the median. */
export function missesOf(trials: readonly Trial[], bounds: Bounds): readonly string[] {
  const kills = trials.filter(({ oomKills }) => oomKills > 0).length;
  if (kills > 0) return [`killed in ${kills} of ${trials.length} starts`];
  const [broken] = trials.flatMap(({ failed }) => failed ?? []);
  const measured = (what: string, value: number, bound: number, shown: (value: number) => string) =>
    value <= bound ? [] : [`${what} ${shown(value)}, ${shown(bound)} allowed`];
  return [
    ...(broken === undefined ? [] : [broken]),
    ...measured(
      'read',
      median(trials.map(({ readBytes }) => readBytes)),
      bounds.readBytes,
      (value) => `${(value / 1024 ** 2).toFixed(0)} MiB`,
    ),
    ...measured('ready after', median(trials.map(readyOf)), bounds.ready, (value) => `${value.toFixed(2)} s`),
    ...measured('collections took', median(trials.map(gcOf)), bounds.gcSeconds, (value) => `${value.toFixed(2)} s`),
  ];
}

function readyOf({ ready }: Trial): number {
  return ready ?? Number.POSITIVE_INFINITY;
}

/** A program that failed before it could be asked failed by another condition. */
function gcOf({ gcSeconds }: Trial): number {
  return gcSeconds ?? 0;
}

/** Of an odd number of values the middle one, which may be infinite. */
function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}
