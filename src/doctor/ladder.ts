import type { Ledger } from '../books/ledger.ts';

/** The rungs, lowest first: each one tells more of the memory, and most need more rights than the one before. */
export const rungs = ['go', 'status', 'cgroup', 'smaps_rollup', 'smaps', 'mem'] as const;

/** One of them. */
export type Rung = (typeof rungs)[number];

/** Which rungs a snapshot stands on. `mem` counts once something was read there, which takes `--process.memory-reads`. Pure. */
export function rungsOf({ snapshot, go, mapped, cgroup }: Ledger): readonly Rung[] {
  const { status, rollup, sources } = snapshot;
  const reached = {
    go: go.ok,
    status: status.ok,
    cgroup: cgroup.ok,
    smaps_rollup: rollup.ok,
    smaps: mapped.ok,
    mem: sources.runtime_memory?.ok === true || sources.malloc_chunks?.ok === true,
  } satisfies Record<Rung, boolean>;
  return rungs.filter((rung) => reached[rung]);
}
