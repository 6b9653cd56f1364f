import type { SourceLoss } from './access.ts';
import type { Reading } from './reading.ts';

/** One thing that is read of a target. The list of all of them is one literal in index.ts. */
export interface Source<Target, T> {
  /** The `source` label, the key in `sources` of the JSON document, and the name in `/explain`. */
  readonly name: string;
  /** What it takes, and what goes missing while it can't be read: `memgap doctor` says it. */
  readonly without: SourceLoss;
  /** `onTaken` is for a source whose values are taken before its answer is whole, and which knows when: called once or more, or never. */
  read(target: Target, signal: AbortSignal, onTaken?: () => void): Reading<T> | Promise<Reading<T>>;
}

/** The rights that files below /proc/PID ask for. */
export const ptraceNeeds = {
  read: { mode: 'read', ownersOnly: false },
  ownersRead: { mode: 'read', ownersOnly: true },
  attach: { mode: 'attach', ownersOnly: true },
} as const;

/** Where the kernel's file systems are mounted: `--path.procfs` and `--path.cgroupfs`. */
export interface KernelPaths {
  readonly procfs: string;
  readonly cgroupfs: string;
}

/** A process to read. */
export interface ProcessHandle {
  readonly pid: number;
  readonly paths: KernelPaths;
}
