import type { Growth } from './growth.ts';
import type { Point } from './past.ts';

/** How a floor has stood since it last rose. */
export interface Standing {
  /** For so long it never was a step or more below it. */
  readonly seconds: number;
  /** How often it was a step or more above it meanwhile, for as long as a point spans, and came back. */
  readonly returns: number;
}

/** Since when a series has stood at the floor that it has now; `until` in Unix seconds. */
export function standingOf(points: readonly Point[], { floor: level, step }: Growth, until: number): Standing {
  const standing = points.slice(points.findLastIndex(({ floor }) => floor <= level - step) + 1);
  let returns = 0;
  let isAbove = false;
  for (const { floor } of standing) {
    const wasAbove = isAbove;
    isAbove = floor >= level + step;
    if (wasAbove && !isAbove) returns += 1;
  }
  return { seconds: until - (standing[0]?.at ?? until), returns };
}
