import type { ProcessIdentity } from '../model/process.ts';
import { found, missing, type Reading } from '../model/reading.ts';
import { type Bytes, formatBytes } from '../model/units.ts';

/** What is known on both sides of a pair of process and endpoint; what is not known is no evidence. */
export interface PairEvidence {
  readonly identity: ProcessIdentity;
  /** VmHWM, read BEFORE the Go numbers of `maxRss`. */
  readonly vmHwm?: Bytes | undefined;
  /** `# MaxRSS` of the Go numbers read after it: getrusage's, which survives exec, so no less than the process's own peak. */
  readonly maxRss?: Bytes | undefined;
  /** Sys of the Go numbers, and VmSize read AFTER them. */
  readonly sys?: Bytes | undefined;
  readonly vmSize?: Bytes | undefined;
  /** `process_start_time_seconds` of the endpoint. */
  readonly processStartTime?: number | undefined;
  /** The port of the URL and the processes that own it, where it leads to this machine and they are known. */
  readonly port?: { readonly number: number; readonly owners: readonly number[]; readonly isShared?: boolean } | undefined;
  /** The machine's processors: each may hold back a batch of the kernel's resident counters. */
  readonly cpus?: number | undefined;
}

/** `confirmed`: the start times are the same to the tick. `likely`: nothing speaks against it. */
export type PairVerdict = 'confirmed' | 'likely';

const twoMebibytes = 2 * 1024 * 1024;
const whatToDo = 'point process and go of this target at the same process (a supervisor, a shell or a proxy is not the program behind it)';

/** Judges whether a process and the Go endpoint of a target are one: `mismatch` when something refutes it. Pure. */
export function judgePair(evidence: PairEvidence): Reading<PairVerdict> {
  const { identity, vmHwm, maxRss, sys, vmSize, processStartTime, port } = evidence;
  const { pid, startTime } = identity;
  const apart = processStartTime === undefined ? undefined : Math.abs(processStartTime - startTime);
  if (processStartTime !== undefined && apart !== undefined && apart > 5) {
    return missing(
      'mismatch',
      `process ${pid} started at ${instant(startTime)}, the endpoint's at ${instant(processStartTime)}: ${whatToDo}`,
    );
  }
  if (vmHwm !== undefined && maxRss !== undefined && vmHwm > maxRss + slack(maxRss, evidence.cpus ?? 1)) {
    return missing(
      'mismatch',
      `process ${pid} has held ${formatBytes(vmHwm)} (VmHWM), the endpoint's never more than ${formatBytes(maxRss)} (MaxRSS): ${whatToDo}`,
    );
  }
  const beyond = beyondMapped(pid, sys, vmSize);
  if (beyond !== undefined) return beyond;
  // both come from btime and the same count of ticks; a proxy in front (kube-rbac-proxy) owns the port and passes the numbers through
  const confirmed = apart !== undefined && apart <= 0.02;
  if (!confirmed && port !== undefined && port.owners.length > 0 && !port.owners.includes(pid)) {
    return missing(
      'mismatch',
      `port ${port.number} belongs to process ${port.owners.slice(0, 10).join(', ')}, not to process ${pid}: ${whatToDo}`,
    );
  }
  if (!confirmed && port?.isShared === true) {
    const others = port.owners.filter((owner) => owner !== pid).slice(0, 10);
    const who = others.length === 0 ? 'another one that memgap may not read' : `process ${others.join(', ')}`;
    return missing(
      'mismatch',
      `port ${port.number} is shared (SO_REUSEPORT) by process ${pid} and ${who}, and either may answer: give it an address of its own for this, or /metrics with process_start_time_seconds, which tells whose answer it is`,
    );
  }
  return found(confirmed ? 'confirmed' : 'likely');
}

/**
 * `mismatch` for a Sys that is more than the VmSize read AFTER it: the runtime unmaps next to nothing of what it counts (sysFree of
 * runtime/mem.go). Each other size of MemStats but the goal is a part of Sys.
 */
export function beyondMapped(pid: number, sys: Bytes | undefined, vmSize: Bytes | undefined): Reading<never> | undefined {
  if (sys === undefined || vmSize === undefined || sys <= vmSize) return undefined;
  return missing(
    'mismatch',
    `process ${pid} has mapped ${formatBytes(vmSize)} (VmSize), the endpoint's Go runtime has ${formatBytes(sys)} of address space (Sys): ${whatToDo}`,
  );
}

/**
 * VmHWM is exact from Linux 6.16, MaxRSS lacks the batches of max(32, 2 x CPUs) pages that each CPU may hold (percpu_counter.c; recalled).
 */
function slack(maxRss: Bytes, cpus: number): number {
  return Math.max(twoMebibytes, maxRss / 100, cpus * Math.max(32, 2 * cpus) * 4096);
}

/** A clock that is wrong by years must not throw here. */
function instant(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString();
}
