/** A phase of a quiet program's life here, in their order. */
export type Phase = 'idle' | 'load' | 'after';

/** A cause that is true of a program. */
interface Truth {
  readonly why: string;
  /** The phase in which it begins to be true, if not from the start. */
  readonly from?: Phase;
  /** It is named in every phase from then on, or in this one; else it may be, as the collector and the kernel happen to have it. */
  readonly always?: true | Phase;
}

const collector = 'garbage of each request, until the next collection';
const kept = 'heap that a burst of requests, or the start, needed and that is given back by and by';
const paidBy = 'its executable, or part of it, was read by another group before, which pays for it';
const stands = 'the first load raises RSS, and nothing does after it';

/**
 * The programs that are watched, and all that is true of each: whatever else memgap names is wrong. What none has: a leak, a limit, C
 * memory, threads or stacks beyond the usual.
 */
export const quietPrograms: Readonly<Record<string, Readonly<Record<string, Truth>>>> = {
  prometheus: {
    executable: { why: 'a file of 50 MB, which is most of an idle RSS', always: true },
    charged_elsewhere: { why: paidBy },
    go_gc_headroom: { why: collector },
    go_reserved: { why: kept },
    go_metadata: { why: 'tables of the heap that its start, or a burst of queries, needed' },
    not_a_leak_plateau: { why: stands, from: 'load' },
  },
  etcd: {
    executable: { why: 'a file of 26 MB, until RSS is five times that', always: 'idle' },
    charged_elsewhere: { why: paidBy },
    go_live_heap: {
      why: 'each write is a revision in its index, until they are compacted: the faster the machine, the more',
      from: 'load',
    },
    go_gc_headroom: { why: collector },
    go_reserved: { why: kept },
    mapped_files: { why: 'bbolt maps its database', from: 'load' },
    page_cache: { why: 'it writes its log and its database through the cache' },
    not_a_leak_plateau: { why: stands, from: 'load' },
  },
  caddy: {
    executable: { why: 'a file of 46 MB', always: true },
    charged_elsewhere: { why: paidBy },
    go_gc_headroom: { why: collector },
    go_reserved: { why: kept },
    go_metadata: { why: 'tables of the heap that its start, or compressing, needed' },
    not_a_leak_plateau: { why: stands, from: 'load' },
  },
};

const phases: readonly Phase[] = ['idle', 'load', 'after'];

/** What is true of a program in a phase. */
export function truthsOf(program: string, phase: Phase): ReadonlyMap<string, Truth> {
  const truths = Object.entries(quietPrograms[program] ?? {});
  return new Map(truths.filter(([, { from = 'idle' }]) => phases.indexOf(from) <= phases.indexOf(phase)));
}
