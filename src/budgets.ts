/** Work that somebody else decides the size of: how much of it memgap does, and why so much. */
export interface Budget {
  readonly most: number;
  /** What is counted: work, never time, which a busy machine makes longer. */
  readonly unit: 'bytes' | 'lines' | 'entries' | 'mappings' | 'nodes' | 'turns' | 'connections' | 'threads';
  /** Of what, and who decides how much of it there is: a clause, for SECURITY.md. */
  readonly of: string;
  /** Why it is this figure: a clause, for SECURITY.md. */
  readonly why: string;
}

/**
 * Every budget of memgap, in one table. What exceeds one ends in a reading with a reason (`too-large`), in a refusal that names the figure, or in the first
 * so many, as its entry says; never in a longer wait.
 */
export const budgets = {
  mappings: {
    most: 20_000,
    unit: 'mappings',
    of: 'mappings of a target, which it makes',
    why: 'above it a walk costs too much, the target as well as memgap',
  },
  mountinfo: {
    most: 4 * 1024 * 1024,
    unit: 'bytes',
    of: 'a mountinfo, in which every container of a node may stand',
    why: 'a busy node of 250 pods has some hundred kilobytes; what was cut off proves nothing',
  },
  overlayLayers: {
    most: 500,
    unit: 'entries',
    of: 'layers of an overlay, whose paths are walked to prove them local',
    why: 'OVL_MAX_STACK of the kernel (fs/overlayfs/params.h)',
  },
  pathSteps: {
    most: 256,
    unit: 'entries',
    of: 'parts of a path and of the symbolic links on it',
    why: 'the kernel follows 40 links, and a path has 4096 bytes; no real one comes near',
  },
  readerAnswer: {
    most: 4 * 1024 * 1024,
    unit: 'bytes',
    of: "a reader's answer, which holds a file of the configuration in base64 or what an executable says of itself",
    why: 'a file of the configuration has at most 2 MiB',
  },
  hangingReads: {
    most: 2,
    unit: 'threads',
    of: "reads that wait for a target's mmap lock, each in a thread of node's pool",
    why: 'the pool has four threads, and names are looked up and files read in the others',
  },
  heapSubsets: {
    most: 12,
    unit: 'entries',
    of: "stretches of a target's memory of which each choice is tried for the Go heap",
    why: 'these have 4096 subsets; of more the sums are counted through',
  },
  heapBlocks: {
    most: 256,
    unit: 'entries',
    of: "blocks of 64 MiB among which somebody else's are looked for in the Go heap",
    why: '16 GiB, which have 32 896 stretches',
  },
  heapSums: {
    most: 4_000_000,
    unit: 'turns',
    of: 'sums of stretches that may be the Go heap: how many there are, times its size in steps of 4 MiB',
    why: 'a byte each, 250 stretches beside 64 GiB; above it only neighbors are tried together',
  },
} as const satisfies Readonly<Record<string, Budget>>;
