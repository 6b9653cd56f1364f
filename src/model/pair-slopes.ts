/** A value at a place: of a clock, or of a count of loads. */
export interface SlopePoint {
  readonly at: number;
  readonly value: number;
}

/**
 * The slopes between all pairs of points that lie apart, by size: their median is Theil and Sen's slope, unmoved by a burst. Points in
 * order.
 */
export function pairSlopes(points: readonly SlopePoint[]): readonly number[] {
  const slopes: number[] = [];
  for (const [index, { at, value }] of points.entries()) {
    for (const later of points.slice(index + 1)) if (later.at > at) slopes.push((later.value - value) / (later.at - at));
  }
  return slopes.sort((one, other) => one - other);
}
