/** One mapping's text, as a kernel writes it: all lines that Linux 6.12 has, or those that the parser needs. */
export interface MadeMapping {
  readonly start: number;
  readonly end: number;
  readonly permissions?: string;
  /** What stands behind the inode, padded as the kernel pads it. */
  readonly path?: string;
  /** Lines by their key, in kB. */
  readonly sizes?: Readonly<Record<string, number | string>>;
  readonly flags?: string;
}

const lines =
  'Size KernelPageSize MMUPageSize Rss Pss Pss_Dirty Shared_Clean Shared_Dirty Private_Clean Private_Dirty Referenced Anonymous KSM LazyFree AnonHugePages ShmemPmdMapped FilePmdMapped Shared_Hugetlb Private_Hugetlb Swap SwapPss Locked'.split(
    ' ',
  );

/** The text of mappings, latin1. */
export function smapsText(mappings: readonly MadeMapping[], keys: readonly string[] = lines): string {
  return mappings.map((mapping) => textOf(mapping, keys)).join('');
}

function textOf(
  { start, end, permissions = 'rw-p', path = '', sizes = {}, flags = 'rd wr mr mw me ac' }: MadeMapping,
  keys: readonly string[],
) {
  const range = [start, end].map((address) => address.toString(16).padStart(8, '0')).join('-');
  const head = `${range} ${permissions} 00000000 00:00 0 `;
  const fields = keys.map((key) => `${`${key}:`.padEnd(16)}${String(sizes[key] ?? 0).padStart(8)} kB`);
  return [path === '' ? head : head.padEnd(73) + path, ...fields, 'THPeligible:           0', `VmFlags: ${flags} `, ''].join('\n');
}

/** The lines without which there is no mapping. */
export const needed = ['Rss', 'Pss', 'Shared_Dirty', 'Private_Dirty', 'Anonymous', 'LazyFree', 'AnonHugePages', 'Swap', 'Locked'] as const;
