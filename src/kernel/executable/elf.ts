import { budgets } from '../../budgets.ts';
import { found, missing, type Reading } from '../../model/reading.ts';

/** Some bytes of a file from an offset; fewer than asked for at its end. */
export type ReadAt = (offset: number, size: number) => Uint8Array;

/** A stretch of an ELF file, and the address it is loaded at. */
export interface ElfRange {
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** A PT_LOAD segment: its bytes in the file, and how many it has in memory, where zeros (bss) follow them. */
interface Segment extends ElfRange {
  readonly memorySize: number;
  readonly writable: boolean;
}

/** What memgap needs to know of an ELF file. */
export interface Elf {
  /** ET_DYN: loaded at an address that the kernel chooses. */
  readonly positionIndependent: boolean;
  /** By their place in the file's table, which the linkers sort by address. */
  readonly segments: readonly Segment[];
  /** Where the linker says the build info is; absent in a file without section headers. */
  readonly buildInfo: ElfRange | undefined;
}

const maxHeaders = budgets.elfHeaders.maxEntries;
const maxNameBytes = budgets.elfNames.maxBytes;
const dynamic = 3;
const load = 1;
const writable = 2;

/** The headers of a 64-bit little-endian ELF file (elf(5)): amd64, arm64, riscv64, ppc64le. At most 128 kB are read, whatever it says. */
export function parseElf(read: ReadAt): Reading<Elf> {
  const header = viewOf(read(0, 64));
  if (header.byteLength < 64 || header.getUint32(0) !== 0x7f454c46) return missing('unsupported', 'the executable is no ELF file');
  if (header.getUint8(4) !== 2 || header.getUint8(5) !== 1) {
    return missing('unsupported', 'the executable is not 64-bit little-endian: its headers are not read');
  }
  return found({
    positionIndependent: header.getUint16(16, true) === dynamic,
    segments: segmentsOf(header, read),
    buildInfo: sectionOf(header, read, '.go.buildinfo'),
  });
}

function segmentsOf(header: DataView, read: ReadAt): Elf['segments'] {
  const segments: Segment[] = [];
  for (const entry of table(read, word(header, 32), header.getUint16(54, true), header.getUint16(56, true), 56)) {
    if (entry.getUint32(0, true) !== load) continue;
    const flags = entry.getUint32(4, true);
    segments.push({
      offset: word(entry, 8),
      address: word(entry, 16),
      size: word(entry, 32),
      memorySize: word(entry, 40),
      writable: (flags & writable) !== 0,
    });
  }
  return segments;
}

function sectionOf(header: DataView, read: ReadAt, wanted: string): ElfRange | undefined {
  const sections = table(read, word(header, 40), header.getUint16(58, true), header.getUint16(60, true), 64);
  const names = sections[header.getUint16(62, true)];
  if (names === undefined) return undefined;
  const text = Buffer.from(read(word(names, 24), Math.min(word(names, 32), maxNameBytes))).toString('latin1');
  for (const section of sections) {
    const start = section.getUint32(0, true);
    if (text.startsWith(`${wanted}\0`, start)) return { offset: word(section, 24), address: word(section, 16), size: word(section, 32) };
  }
  return undefined;
}

/** The entries of a header table; none when their size is not what this format has. */
function table(read: ReadAt, offset: number, entrySize: number, count: number, wanted: number): readonly DataView[] {
  if (entrySize !== wanted || offset === 0) return [];
  const bytes = read(offset, Math.min(count, maxHeaders) * wanted);
  const entries: DataView[] = [];
  for (let start = 0; start + wanted <= bytes.length; start += wanted) entries.push(viewOf(bytes.subarray(start, start + wanted)));
  return entries;
}

/** A 64-bit word; past 2^53 it is none of a real file's, and no offset either: reads there come to nothing. */
export function word(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

/** A view of just these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
