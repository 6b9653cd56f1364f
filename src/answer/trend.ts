import type { Past } from '../history/past.ts';
import type { Series } from '../history/series.ts';
import { formatBytes, formatDuration } from '../model/units.ts';

/** How the sizes of this process moved since memgap first saw it: a line for each that was known, or none before the second snapshot. */
export function trend(past: Past | undefined): readonly string[] {
  if (past === undefined || past.until <= past.since) return [];
  const parts = [movement('RSS', past, 'rss'), movement('used by Go', past, 'used'), movement('container', past, 'usage')].filter(
    (part) => part !== undefined,
  );
  return parts.length === 0 ? [] : [`in the last ${formatDuration((past.until - past.since) * 1000)}: ${parts.join('; ')}`];
}

function movement(name: string, past: Past, series: Series): string | undefined {
  const first = past.first(series);
  const last = past.latest(series);
  const most = past.peak(series);
  if (first === undefined || last === undefined || most === undefined) return undefined;
  const peak = most > first && most > last ? ` (peak ${formatBytes(most)})` : '';
  return `${name} ${formatBytes(first)} -> ${formatBytes(last)}${peak}`;
}
