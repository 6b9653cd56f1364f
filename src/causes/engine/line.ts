import { growthIn } from '../../history/growing.ts';
import type { Past } from '../../history/past.ts';
import type { Series } from '../../history/series.ts';
import { formatBytes } from '../../model/units.ts';
import type { Evidence } from './cause.ts';
import { perHour } from './evidence.ts';

/** Bytes an hour, where the floor of a series rises in a line; `undefined` where it does not, or was not watched for an hour. */
export function lineIn(past: Past, series: Series): number | undefined {
  const growth = growthIn(past, series);
  return growth?.shape === 'line' ? growth.perHour : undefined;
}

/** What a sentence about bytes that grow in a line ends with. */
export function growthClause(rate: number | undefined): string {
  return rate === undefined ? '' : `; it grows in a line, ${formatBytes(rate)} an hour: a leak, unless the load grows as well`;
}

/** The rate as evidence, if there is one. */
export function growthEvidence(rate: number | undefined): readonly Evidence[] {
  return rate === undefined ? [] : [perHour('its growth', rate, 'Theil-Sen slope over floors')];
}
