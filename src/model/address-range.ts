/** Addresses from `start` up to, and without, `end`. */
export interface AddressRange {
  readonly start: number;
  readonly end: number;
}

/** The smallest page there is: what is mapped begins and ends with a whole number of them. */
export const page = 4096;

/** Bytes of address space. */
export function sizeOf({ start, end }: AddressRange): number {
  return end - start;
}

/** Bytes of address space of them all. */
export function sizesOf(ranges: readonly AddressRange[]): number {
  return ranges.reduce((sum, range) => sum + sizeOf(range), 0);
}

/** The part that both have, or `undefined`. */
export function overlap(a: AddressRange, b: AddressRange): AddressRange | undefined {
  const start = Math.max(a.start, b.start);
  const end = Math.min(a.end, b.end);
  return start < end ? { start, end } : undefined;
}

/** The index of the first that ends above the address, in a search by halves: they are by address and none overlaps another. */
export function firstEndingAfter(ranges: readonly AddressRange[], address: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.end ?? 0) > address) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Sorted, and without those that overlap one before. */
export function disjoint(ranges: readonly AddressRange[]): readonly AddressRange[] {
  let end = Number.NEGATIVE_INFINITY;
  const apart: AddressRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    if (range.start < end) continue;
    end = range.end;
    apart.push(range);
  }
  return apart;
}

/** Sorted, and neighbors joined. */
export function joined(ranges: readonly AddressRange[]): readonly AddressRange[] {
  const result: AddressRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last === undefined || range.start > last.end) result.push({ start: range.start, end: range.end });
    else result[result.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
  }
  return result;
}

/** Whole blocks of `size` that lie inside of the range: the first and the one behind the last. */
export function wholeBlocks({ start, end }: AddressRange, size: number): readonly [number, number] {
  return [Math.ceil(start / size), Math.floor(end / size)];
}

/** What of `ranges` is not in `others`; both are joined. */
export function without(ranges: readonly AddressRange[], others: readonly AddressRange[]): readonly AddressRange[] {
  const left: AddressRange[] = [];
  let from = 0;
  for (const range of ranges) {
    let { start } = range;
    while ((others[from]?.end ?? Number.POSITIVE_INFINITY) <= start) from += 1;
    for (let at = from; at < others.length; at += 1) {
      const other = others[at];
      const both = other === undefined ? undefined : overlap(range, other);
      if (both === undefined) break;
      if (both.start > start) left.push({ start, end: both.start });
      start = both.end;
    }
    if (start < range.end) left.push({ start, end: range.end });
  }
  return left;
}

/** Whether it is the address of a page of one of the ranges, which are by address. */
export function isPage(address: number, ranges: readonly AddressRange[]): boolean {
  return address % page === 0 && holds(ranges, address, page);
}

/** Whether one of the ranges, which are by address, holds all of so many bytes. */
export function holds(ranges: readonly AddressRange[], start: number, size: number): boolean {
  const range = ranges[firstEndingAfter(ranges, start)];
  return range !== undefined && range.start <= start && start + size <= range.end;
}

/** By address, as `holds` and `isPage` want them. */
export function byAddress(ranges: readonly AddressRange[]): readonly AddressRange[] {
  return [...ranges].sort((a, b) => a.start - b.start);
}
