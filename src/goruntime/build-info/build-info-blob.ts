import { budgets } from '../../budgets.ts';
import { type Elf, type ElfRange, type ReadAt, viewOf, word } from '../../kernel/executable/elf.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import { printable } from '../../untrusted.ts';

const magic = Buffer.from('\xff Go buildinf:', 'latin1');
const headerSize = 32;
const alignment = 16;
const { buildInfoSearch, buildInfoTries, buildInfoText } = budgets;
const maxVersionBytes = 256;
const maxModuleBytes = buildInfoText.maxBytes;

/** The two texts of the blob: `go1.22.5`, and the module text without its sentinels. */
export interface BuildTexts {
  readonly version: string;
  readonly modules: string;
}

/** Where the blob begins in the file: in its section, else (no section headers) at 16-byte steps from the first writable segment on. */
export function findBlob({ buildInfo, segments }: Elf, read: ReadAt): number | undefined {
  const place = buildInfo ?? segments.find(({ writable }) => writable);
  return place === undefined ? undefined : scan(place, read);
}

function scan({ offset, size }: ElfRange, read: ReadAt): number | undefined {
  const bytes = Buffer.from(read(offset, Math.min(size, buildInfoSearch.maxBytes)));
  let at = bytes.indexOf(magic);
  for (let tries = 0; at !== -1 && tries < buildInfoTries.maxEntries; tries += 1) {
    if (at % alignment === 0) return offset + at;
    at = bytes.indexOf(magic, Math.ceil(at / alignment) * alignment);
  }
  return undefined;
}

/** Reads the texts of a blob (Go's debug/buildinfo, `readRawBuildInfo`): inline since Go 1.18, before that behind two pointers. */
export function readTexts(elf: Elf, read: ReadAt, blob: number): Reading<BuildTexts> {
  const header = read(blob, headerSize);
  const pointerSize = header[14];
  const flags = header[15] ?? 0;
  if (header.length < headerSize) return missing('malformed', 'the Go build info is cut off');
  const inline = (flags & 2) !== 0;
  if (!inline && (pointerSize !== 8 || (flags & 1) !== 0)) {
    return missing('unsupported', 'the Go build info has pointers of another machine');
  }
  const [version, modules] = inline ? inlineStrings(read, blob + headerSize) : pointedStrings(elf, read, viewOf(header));
  if (version === undefined || version.length === 0) return missing('malformed', 'the Go build info has no version that can be read');
  return found({ version: printable(version.toString(), maxVersionBytes), modules: withoutSentinels(modules ?? Buffer.alloc(0)) });
}

type Strings = readonly [version: Buffer | undefined, modules: Buffer | undefined];

function inlineStrings(read: ReadAt, start: number): Strings {
  const version = inlineString(read, start, maxVersionBytes);
  if (version === undefined) return [undefined, undefined];
  return [version.text, inlineString(read, version.end, maxModuleBytes)?.text];
}

/** A uvarint length and that many bytes; nothing when it is longer than allowed or ends too early. */
function inlineString(read: ReadAt, start: number, maxBytes: number): { readonly text: Buffer; readonly end: number } | undefined {
  let length = 0;
  const prefix = read(start, 4); // 4 x 7 bits: more than any length that is allowed
  for (const [index, byte] of prefix.entries()) {
    length |= (byte & 0x7f) << (7 * index);
    if (byte >= 0x80) continue;
    if (length > maxBytes) return undefined;
    const text = read(start + index + 1, length);
    return text.length === length ? { text: Buffer.from(text), end: start + index + 1 + length } : undefined;
  }
  return undefined;
}

function pointedStrings(elf: Elf, read: ReadAt, header: DataView): Strings {
  return [pointedString(elf, read, word(header, 16), maxVersionBytes), pointedString(elf, read, word(header, 24), maxModuleBytes)];
}

/** A Go string in the program's memory image: its address leads to address and length of the bytes. */
function pointedString(elf: Elf, read: ReadAt, address: number, maxBytes: number): Buffer | undefined {
  const string = readImage(elf, read, address, 16);
  if (string === undefined) return undefined;
  const length = word(viewOf(string), 8);
  return length > maxBytes ? undefined : readImage(elf, read, word(viewOf(string), 0), length);
}

function readImage({ segments }: Elf, read: ReadAt, address: number, size: number): Buffer | undefined {
  const segment = segments.find((one) => address >= one.address && address + size <= one.address + one.size);
  if (segment === undefined) return undefined;
  const bytes = read(segment.offset + (address - segment.address), size);
  return bytes.length === size ? Buffer.from(bytes) : undefined;
}

/** The linker puts 16 bytes before and behind the module text, so that a search of the binary finds it (cmd/go/internal/modload). */
function withoutSentinels(text: Buffer): string {
  return text.length >= 33 && text[text.length - 17] === 0x0a ? text.subarray(16, -16).toString() : '';
}
