import type { ReadAt } from '../../../src/kernel/executable/elf.ts';

/** What a made ELF file holds. */
export interface TinyElf {
  readonly version: string;
  /** The module text, without sentinels. */
  readonly modules: string;
  /** Inline strings (Go 1.18), or behind pointers. */
  readonly inline: boolean;
  /** With section headers, or stripped of them. */
  readonly sections: boolean;
}

const base = 0x400000;
const dataAt = 0x200; // 16-byte aligned, with some bytes before the blob
const blobAt = dataAt + 0x40;

/** A 64-bit little-endian ELF file of one writable segment that holds a Go build info blob as the linker writes it. */
export function tinyElf({ version, modules, inline, sections }: TinyElf): Buffer {
  const text = modules === '' ? '' : `${'s'.repeat(16)}${modules}${'e'.repeat(16)}`;
  const blob = inline ? inlineBlob(version, text) : pointedBlob(version, text);
  const names = Buffer.from('\0.shstrtab\0.go.buildinfo\0');
  const file = Buffer.alloc(blobAt + blob.length + names.length + 3 * 64);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(file);
  file.writeBigUInt64LE(64n, 32); // program headers
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  const size = blobAt + blob.length - dataAt;
  file.writeUInt32LE(1, 64); // PT_LOAD
  file.writeUInt32LE(6, 68); // read and write
  file.writeBigUInt64LE(BigInt(dataAt), 72);
  file.writeBigUInt64LE(BigInt(base + dataAt), 80);
  file.writeBigUInt64LE(BigInt(size), 96);
  blob.copy(file, blobAt);
  const namesAt = blobAt + blob.length;
  names.copy(file, namesAt);
  if (!sections) return file.subarray(0, namesAt);
  const headers = namesAt + names.length;
  file.writeBigUInt64LE(BigInt(headers), 40);
  file.writeUInt16LE(64, 58);
  file.writeUInt16LE(3, 60);
  file.writeUInt16LE(1, 62); // the names are in section 1
  section(file, headers + 64, 1, namesAt, names.length);
  section(file, headers + 128, 11, blobAt, blob.length);
  return file;
}

/** Reads from bytes as from a file: short at the end, nothing outside. Asks for more than `most` at once fail the test. */
export function readerOf(file: Uint8Array, most = 2 * 1024 * 1024): ReadAt {
  return (offset, size) => {
    if (size > most || size < 0 || !Number.isSafeInteger(size)) throw new Error(`a read of ${size} bytes was asked for`);
    return Number.isSafeInteger(offset) && offset >= 0 ? file.subarray(offset, offset + size) : new Uint8Array();
  };
}

function inlineBlob(version: string, text: string): Buffer {
  return Buffer.concat([header(2), prefixed(version), prefixed(text)]);
}

/** Header, two string headers, their bytes; addresses are those of the segment. */
function pointedBlob(version: string, text: string): Buffer {
  const blob = Buffer.concat([header(0), Buffer.alloc(32), Buffer.from(version), Buffer.from(text)]);
  const address = BigInt(base + blobAt);
  blob.writeBigUInt64LE(address + 32n, 16);
  blob.writeBigUInt64LE(address + 48n, 24);
  blob.writeBigUInt64LE(address + 64n, 32);
  blob.writeBigUInt64LE(BigInt(Buffer.byteLength(version)), 40);
  blob.writeBigUInt64LE(address + 64n + BigInt(Buffer.byteLength(version)), 48);
  blob.writeBigUInt64LE(BigInt(Buffer.byteLength(text)), 56);
  return blob;
}

function header(flags: number): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.write('\xff Go buildinf:', 'latin1');
  bytes[14] = 8;
  bytes[15] = flags;
  return bytes;
}

function prefixed(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length: number[] = [];
  for (let left = bytes.length; ; left >>= 7) {
    if (left < 0x80) return Buffer.concat([Buffer.from([...length, left]), bytes]);
    length.push((left & 0x7f) | 0x80);
  }
}

function section(file: Buffer, at: number, name: number, offset: number, size: number): void {
  file.writeUInt32LE(name, at);
  file.writeBigUInt64LE(BigInt(base + offset), at + 16);
  file.writeBigUInt64LE(BigInt(offset), at + 24);
  file.writeBigUInt64LE(BigInt(size), at + 32);
}
