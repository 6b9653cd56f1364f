import type { Past, Series } from '../../src/history/past.ts';

/** A past of these values, one every `step` seconds; a series that is not given is not known. Its last hour is told poll by poll. */
export function pastOf(values: Partial<Record<Series, readonly number[]>>, step = 15): Past {
  const polls = Math.max(0, ...Object.values(values).map(({ length }) => length));
  const of = (name: Series) => values[name] ?? [];
  const points = (name: Series) => of(name).map((floor, index) => ({ at: index * step, floor }));
  const until = Math.max(0, polls - 1) * step;
  return {
    since: 0,
    until,
    polls,
    points,
    recent: (name) => points(name).filter(({ at }) => at > until - 3600),
    first: (name) => of(name)[0],
    latest: (name) => of(name).at(-1),
    peak: (name) => (of(name).length === 0 ? undefined : Math.max(...of(name))),
  };
}
