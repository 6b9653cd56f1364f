import type { Range } from '../counters/data-ranges.ts';

/** The smallest page there is: what the runtime maps begins and ends with a whole number of them. */
export const page = 4096;

/** Whether it is the address of a page of one of the ranges, which are by address. */
export function isPage(address: number, ranges: readonly Range[]): boolean {
  return address % page === 0 && holds(ranges, address, page);
}

/** Whether one of the ranges, which are by address, holds all of so many bytes. */
export function holds(ranges: readonly Range[], start: number, size: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle];
    if (range === undefined) return false;
    if (range.end <= start) low = middle + 1;
    else if (range.start > start) high = middle - 1;
    else return start + size <= range.end;
  }
  return false;
}

/** By address, as the look-ups want them. */
export function sorted(ranges: readonly Range[]): readonly Range[] {
  return [...ranges].sort((a, b) => a.start - b.start);
}
