/** The middle of the values by size, the upper one of two; `undefined` of none. */
export function median(values: readonly number[]): number | undefined {
  return [...values].sort((one, other) => one - other)[values.length >> 1];
}
