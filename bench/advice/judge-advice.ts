import { type Giver, type Measured, titles } from './measured.ts';

/** Who is judged: what the published rules give is shown beside it. */
export const memgaps = ['look', 'polls', 'killed', 'starved'] as const satisfies readonly Giver[];

/** How much more than the least limit that passes memgap's may be. */
const mostTimes = 1.6;

/** What a program's advised sizes miss; empty where all pass, or where memgap gives none. */
export function judgeAdvice({ name, given, least }: Measured): readonly string[] {
  return given.flatMap(({ by, size, misses }) => {
    if (size?.limit === undefined || !memgaps.some((each) => each === by)) return [];
    const times = least === undefined ? 0 : size.limit / least;
    const tooMuch = times > mostTimes ? [`${times.toFixed(2)} x of the least that passes, ${mostTimes} allowed`] : [];
    const shown = `${name}, ${titles[by]}: ${(size.limit / 1024 ** 2).toFixed(0)}Mi`;
    return [...misses, ...tooMuch].map((miss) => `${shown}: ${miss}`);
  });
}
