import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MemStats } from '../../../src/model/go.ts';
import type { ExeImage, MallocChunks, Mapping, MappingEvidence, RuntimeOwnMemory } from '../../../src/model/mapping.ts';
import { found, missing } from '../../../src/model/reading.ts';
import { bytes } from '../../../src/model/units.ts';

const untold = missing('disabled', 'not part of this test');

/** A mapping of whose figures a test gives what it is about. */
export function mappingWith(known: Partial<Mapping> & Pick<Mapping, 'start' | 'end'>): Mapping {
  return {
    permissions: 'rw-p',
    offset: 0,
    device: '00:00',
    inode: 0,
    path: '',
    rss: bytes(0),
    anonymous: known.rss ?? bytes(0),
    swap: bytes(0),
    lazyFree: bytes(0),
    anonHugePages: bytes(0),
    locked: bytes(0),
    thpEligible: false,
    flags: 'rd wr mr mw me ac',
    ...known,
  };
}

/** Evidence of which nothing is known but the mappings, and then what a test gives it. */
export function evidenceWith(mappings: readonly Mapping[], known: Partial<MappingEvidence> = {}): MappingEvidence {
  return {
    mappings,
    exe: untold,
    stackLimit: bytes(8 << 20),
    present: untold,
    chunks: untold,
    before: untold,
    after: untold,
    build: untold,
    ...known,
  };
}

/** What the lab itself knows of the leak that was made between two walks. */
export interface Truth {
  readonly component: string;
  readonly injected: number;
  /** Of Go's allocator, beyond the pages that were injected. */
  readonly overhead: number;
}

/** The recordings of test/fixtures/rss: README.md there says how they were made. */
export function recorded(name: string): { readonly truth: Truth; readonly walks: readonly MappingEvidence[] } {
  const folder = join(dirname(fileURLToPath(import.meta.url)), '../../fixtures/rss');
  const [goVersion = 'go1.27'] = /^go1\.\d+/.exec(name) ?? [];
  const { truth, walks } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Recording;
  return { truth: truth ?? { component: 'none', injected: 0, overhead: 0 }, walks: walks.map((walk) => evidenceOf(walk, goVersion)) };
}

type Row = [number, number, string, number, string, number, string, number, number, number, number, number, number, number, string];

interface Recording {
  readonly truth?: Truth;
  readonly walks: ReadonlyArray<{
    readonly exe: ExeImage | null;
    readonly stackLimit: number | null;
    readonly cgo: boolean | null;
    readonly tmpfsDevices: readonly string[];
    readonly present: ReadonlyArray<[number, number, number, number[]?]> | null;
    readonly chunks?: MallocChunks;
    readonly own?: RuntimeOwnMemory;
    readonly before: MemStats;
    readonly after: MemStats;
    readonly mappings: readonly Row[];
  }>;
}

function evidenceOf(walk: Recording['walks'][number], goVersion: string): MappingEvidence {
  const { exe, stackLimit, cgo, tmpfsDevices, present, chunks, own, before, after, mappings } = walk;
  return {
    mappings: mappings.map(mappingOf),
    exe: exe === null ? untold : found(exe),
    stackLimit: stackLimit === null ? undefined : bytes(stackLimit),
    present:
      present === null
        ? untold
        : found(present.map(([start, end, size, runs]) => ({ start, end, present: bytes(size), ...(runs && { runs }) }))),
    chunks: chunks === undefined ? untold : found(chunks),
    own: own === undefined ? untold : found(own),
    before: found(before),
    after: found(after),
    build: cgo === null ? untold : found({ goVersion, mainModule: undefined, goarch: 'amd64', cgo, instrumented: false }),
    tmpfsDevices,
  };
}

function mappingOf(row: Row): Mapping {
  const [start, end, permissions, offset, device, inode, path, rss, anonymous, swap, lazyFree, anonHugePages, locked, eligible, flags] =
    row;
  return {
    start,
    end,
    permissions,
    offset,
    device,
    inode,
    path,
    rss: bytes(rss),
    anonymous: bytes(anonymous),
    swap: bytes(swap),
    lazyFree: bytes(lazyFree),
    anonHugePages: bytes(anonHugePages),
    locked: bytes(locked),
    thpEligible: eligible === 1,
    flags,
  };
}
