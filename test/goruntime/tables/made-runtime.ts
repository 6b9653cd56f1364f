import type { ProcessMemory } from '../../../src/kernel/memory/memory.ts';

const page = 4096;
const kib = 1024;
const mib = 1024 * kib;

/** Memory of which only the pages that were written are present. */
export class MadeMemory implements ProcessMemory {
  readonly #pages = new Map<number, Buffer>();

  write(address: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const base = Math.floor((address + at) / page) * page;
      const from = address + at - base;
      const count = Math.min(page - from, bytes.length - at);
      const known = this.#pages.get(base) ?? Buffer.alloc(page);
      known.set(bytes.subarray(at, at + count), from);
      this.#pages.set(base, known);
      at += count;
    }
  }

  word(address: number, value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    this.write(address, bytes);
  }

  /** The same bytes at another place, as whoever copies the runtime's tables would have them. */
  copy(from: number, to: number, size: number): void {
    for (const { start, end } of this.present(from, from + size, size)) this.write(to + start - from, this.read(start, end - start));
  }

  read(address: number, size: number): Buffer {
    const [stretch] = Number.isSafeInteger(address) ? this.present(address, address + Math.min(size, 64 * kib), 64 * kib) : [];
    if (stretch === undefined || stretch.start !== address) return Buffer.alloc(0);
    const bytes = Buffer.alloc(stretch.end - address);
    for (let at = address; at < stretch.end; ) {
      const base = Math.floor(at / page) * page;
      const known = this.#pages.get(base) ?? Buffer.alloc(page);
      known.copy(bytes, at - address, at - base, Math.min(page, stretch.end - base));
      at = base + page;
    }
    return bytes;
  }

  present(start: number, end: number, most: number): ReadonlyArray<{ readonly start: number; readonly end: number }> {
    const stretches: Array<{ start: number; end: number }> = [];
    const bases = [...this.#pages.keys()].filter((base) => base + page > start && base < Math.min(end, start + most)).sort((a, b) => a - b);
    for (const base of bases) {
      const [from, to] = [Math.max(start, base), Math.min(end, base + page)];
      const last = stretches.at(-1);
      if (last?.end === from) last.end = to;
      else stretches.push({ start: from, end: to });
    }
    return stretches;
  }

  close(): void {}
}

const low = process.arch === 'x64' ? 2 ** 47 : 0; // arenaBaseOffset
export const heap = { start: 0xc000000000, end: 0xc000000000 + 4 * mib };

/** Where the parts of the made runtime lie. */
export const at = {
  index: 0x7f0000000000,
  table: 0x7f0002000000,
  chunk: 0x7f0003000000,
  older: 0x7f0003040000,
  bits: 0x7f0003080000,
  all: 0x7f0003090000,
  pages: 0x7f0003100000,
  summaries: 0x7f0003200000,
  scavenging: 0x7f0003300000,
  /** 256 MiB of somebody else's. */
  foreign: 0x7f1000000000,
} as const;

/** Where in the program's data their addresses stand. */
export const data = {
  chunks: 0x600000,
  index: 0x600100,
  bits: 0x600208,
  all: 0x600300,
  summaries: 0x600400,
  scavenging: 0x600600,
} as const;
const pagesArray = 0x700000;
const slot = Math.floor((heap.start + low) / 2 ** 35);
export const pagesAt = pagesArray + slot * 8;

const spans = 24;

export const descriptor = (index: number) => at.chunk + 4104 + index * 160;
/** What of the index is about the heap. */
export const entry = at.index + ((heap.start + low) / (64 * mib)) * 8;

const scavengeEnd = at.scavenging + Math.ceil((Math.floor((heap.end - 1 + low) / (4 * mib) / 8) + 1) / page) * page;

export const ranges = {
  index: { start: at.index, end: at.index + 32 * mib },
  table: { start: at.table, end: at.table + 68 * kib },
  chunk: { start: at.chunk, end: at.chunk + 256 * kib },
  older: { start: at.older, end: at.older + 256 * kib },
  bits: { start: at.bits, end: at.bits + 64 * kib },
  all: { start: at.all, end: at.all + 64 * kib },
  pages: { start: at.pages, end: at.pages + mib },
  summaries: { start: at.summaries, end: at.summaries + 128 * kib },
  scavenging: { start: at.scavenging, end: scavengeEnd },
} as const;

export const foreign = { start: at.foreign, end: at.foreign + 256 * mib };
export const parts = [{ start: at.index, end: at.summaries + 128 * kib }, { start: at.scavenging, end: scavengeEnd }, foreign];

/** A Go runtime of which every span is one page long, as its tables would describe it. */
export function madeRuntime(): MadeMemory {
  const memory = new MadeMemory();
  memory.word(data.chunks, at.chunk);
  memory.word(at.chunk, at.older);
  memory.word(at.older, 0);
  memory.word(data.index, at.index);
  memory.word(entry, at.table);
  const inUse = Buffer.alloc(1024);
  for (let index = 0; index < spans; index += 1) {
    memory.word(at.table + index * 8, descriptor(index));
    inUse[index >> 3] = (inUse[index >> 3] ?? 0) | (1 << (index & 7));
    memory.word(descriptor(index) + 24, heap.start + index * 8192);
    memory.word(descriptor(index) + 32, 1);
    memory.word(descriptor(index) + 72, at.bits + 16 + index * 8);
    memory.word(at.all + index * 8, descriptor(index));
  }
  memory.write(at.table + 64 * kib, inUse);
  memory.word(data.bits - 8, 0);
  memory.word(data.bits, at.bits);
  memory.word(data.bits + 8, 0);
  memory.word(data.bits + 16, 0);
  memory.word(at.bits, spans * 8);
  memory.word(at.bits + 8, 0);
  for (const [index, word] of [at.all, spans, 8192].entries()) memory.word(data.all + index * 8, word);
  memory.word(pagesAt, at.pages);
  memory.write(at.pages + (Math.floor(heap.start / (4 * mib)) % 8192) * 128, Buffer.alloc(64, 255));
  for (const [level, capacity] of [2 ** 14, 2 ** 17, 2 ** 20, 2 ** 23, 2 ** 26].entries()) {
    const start = level === 0 ? at.summaries : 0x7e0000000000 + level * 2 ** 30;
    for (const [index, word] of [start, 1, capacity].entries()) memory.word(data.summaries + level * 24 + index * 8, word);
  }
  memory.word(at.summaries + Math.floor((heap.start + low) / 2 ** 34) * 8, 512);
  for (const [index, word] of [at.scavenging, 8 * mib, 8 * mib].entries()) memory.word(data.scavenging + index * 8, word);
  memory.write(at.scavenging + Math.floor((heap.start + low) / (4 * mib) / 8), Buffer.of(1));
  return memory;
}
