import type { Measure, Phase } from '../../src/loadtest/measure.ts';

const mib = 1024 ** 2;

/** A phase with these sizes, in MiB. */
export function phase(name: Phase['name'], cycle: number, sizes: Measure, collected = true): Phase {
  const measure = Object.fromEntries(Object.entries(sizes).map(([key, size]) => [key, size * mib]));
  return { name, cycle, from: cycle, until: cycle + 1, samples: 3, floors: measure, peaks: measure, collected };
}

/** A test in which a size has these values, in MiB: idle, at the peak, after each load. */
export function phases(sizes: Readonly<Record<string, readonly number[]>>, collected = true): readonly Phase[] {
  const at = (index: number): Measure => Object.fromEntries(Object.entries(sizes).map(([name, values]) => [name, values[index] ?? 0]));
  const cycles = Math.max(...Object.values(sizes).map(({ length }) => length)) - 2;
  const loads = Array.from({ length: cycles }, (_, index) => [
    phase('load', index + 1, at(1)),
    phase('after', index + 1, at(index + 2), collected),
  ]);
  return [phase('idle', 0, at(0), collected), ...loads.flat()];
}
