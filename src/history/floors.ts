/** The floor of every series, its least value over `polls` polls that followed each other; NaN where none of them told it. */
export interface Floors {
  /** Unix seconds, of the first of them. */
  readonly at: number;
  readonly values: Float64Array;
  readonly polls: number;
}

/** One figure out of two for every series; what only one of the two knows is taken as it is. */
export function merged(one: Float64Array, other: Float64Array, choose: (one: number, other: number) => number): Float64Array {
  return one.map((value, index) => {
    const second = other[index] ?? Number.NaN;
    return Number.isNaN(value) ? second : Number.isNaN(second) ? value : choose(value, second);
  });
}

/** Two that followed each other, as one. */
export function joined(one: Floors, other: Floors): Floors {
  return { at: one.at, values: merged(one.values, other.values, Math.min), polls: one.polls + other.polls };
}
