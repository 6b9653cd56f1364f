import type { Figures } from '../dashboards/ask.ts';
import type { ReadDashboard } from '../dashboards/read.ts';

/** Vertical lines of one kind: Unix seconds. */
export interface Mark {
  readonly name: string;
  readonly color: string;
  readonly at: readonly number[];
}

/**
 * What Grafana makes of an annotation's query: a line at each time that its values say, or where it begins to have any. `step` is the
 * query's, in seconds.
 */
export function markOf({ name, iconColor, useValueForTime }: ReadDashboard['annotations'][number], figures: Figures, step: number): Mark {
  const at = figures.flatMap(({ values }) => {
    if (useValueForTime) return values.map(([, milliseconds]) => milliseconds / 1000);
    return values.map(([time]) => time).filter((time, index, times) => time - (times[index - 1] ?? 0) > step);
  });
  return { name, color: iconColor, at: [...new Set(at)].sort((one, other) => one - other) };
}
