import type { Moment } from '../snapshot.ts';
import { type Bytes, formatBytes, formatDuration } from '../units.ts';

/** How the sizes of this process moved since memgap first saw it: a line for each that was known, or none before the second snapshot. */
export function trend(history: readonly Moment[]): readonly string[] {
  const first = history[0];
  const last = history.at(-1);
  if (first === undefined || last === undefined || first === last) return [];
  const parts = [
    movement('RSS', history, ({ rss }) => rss),
    movement('used by Go', history, ({ used }) => used),
    movement('container', history, ({ usage }) => usage),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? [] : [`in the last ${formatDuration((last.at - first.at) * 1000)}: ${parts.join('; ')}`];
}

function movement(name: string, history: readonly Moment[], size: (moment: Moment) => Bytes | undefined): string | undefined {
  const sizes = history.map(size).filter((each) => each !== undefined);
  const first = sizes[0];
  const last = sizes.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const most = Math.max(...sizes); // a few hundred at most
  const peak = most > first && most > last ? ` (peak ${formatBytes(most)})` : '';
  return `${name} ${formatBytes(first)} -> ${formatBytes(last)}${peak}`;
}
