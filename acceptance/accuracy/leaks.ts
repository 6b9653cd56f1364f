import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, startLab } from '../../test/programs.ts';
import { growth, type Interval, type Looking, type Observation, observeStable } from './observe.ts';
import { observeServed } from './served.ts';

/** What the lab itself knows of the leak that it made, in bytes (test/lab/leaks.go). */
interface Truth {
  readonly leak: string;
  readonly component: string;
  readonly with_reads?: string;
  readonly asked: number;
  readonly injected: number;
  readonly overhead: number;
  readonly beside: number;
  readonly not_resident: number;
}

/** One leak in one lab. */
export interface LeakRun {
  readonly leak: string;
  /** `go1.22-cgo`, and so on. */
  readonly lab: string;
  readonly looking: Looking;
  readonly mib: number;
  /** The component that its bytes belong in. */
  readonly component: string;
  /** What the lab said before and after the look: the runtime gives memory back in between. */
  readonly injected: Interval;
  readonly overhead: number;
  /** Foreign memory that the leak needed for itself. */
  readonly beside: number;
  readonly notResident: number;
  readonly before: Observation;
  readonly after: Observation;
  readonly grown: Readonly<Record<string, number>> | undefined;
  /** Of a further look, where one was asked for: where /metrics says something else than the ledger. */
  readonly differences: readonly string[];
}

/** The names of the leaks that a lab can make. */
export async function leaksOf(path: string): Promise<readonly string[]> {
  const lab = await startLab(path);
  try {
    return JSON.parse(await get(lab, '/leaks'));
  } finally {
    await lab.stop();
  }
}

/**
 * Makes one leak of so many MiB in a lab of its own, and measures what memgap's book makes of it; `served` compares a look's pages, too.
 */
export async function measureLeak(
  lab: { readonly name: string; readonly path: string; readonly served?: boolean },
  leak: string,
  mib: number,
  looking: Looking,
): Promise<LeakRun> {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-lab-'));
  const environment = { TMPDIR: folder, ...(leak === 'lazily-freed' && { GODEBUG: 'madvdontneed=0' }) };
  const running = await startLab(lab.path, '127.0.0.1:0', environment);
  const subject = { name: leak, pid: running.pid, pprof: `http://${running.address}/debug/pprof` };
  try {
    await observeStable(subject, looking); // its first profile makes the runtime allocate 1.4 MiB for good
    await running.ask('/free');
    const before = await observeStable(subject, looking);
    const first = await truth(running, `/leak/${leak}?mib=${mib}`);
    const after = await observeStable(subject, looking);
    const second = await truth(running, '/truth');
    const differences = lab.served === true ? (await observeServed(subject, looking)).differences : [];
    return leakRun({ leak, lab: lab.name, looking, mib, before, after, first, second, differences });
  } finally {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What was seen of one leak: the book before and after it, and the lab's word before and after the second look. */
interface Seen extends Pick<LeakRun, 'leak' | 'lab' | 'looking' | 'mib' | 'before' | 'after'> {
  readonly first: Truth;
  readonly second: Truth;
  readonly differences?: readonly string[];
}

/** What that comes to; pure. */
export function leakRun({ first, second, differences = [], ...seen }: Seen): LeakRun {
  const { before, after, looking } = seen;
  const reused = isReleased(first) ? regrown(before, after) : 0;
  return {
    ...seen,
    component: (looking.memoryReads ? first.with_reads : undefined) ?? first.component,
    injected: { low: Math.min(first.injected, second.injected - reused), high: Math.max(first.injected, second.injected) },
    overhead: first.overhead,
    beside: second.beside,
    notResident: second.not_resident,
    grown: growth(before, after),
    differences,
  };
}

/** Whether it is memory that the runtime may take into use again: mincore(2) calls it resident then as before. */
function isReleased({ component }: Truth): boolean {
  return component.startsWith('go_released');
}

/** What the runtime itself says that it holds more of heap and stacks. */
function regrown(before: Observation, after: Observation): number {
  return Math.max(0, heldOf(after) - heldOf(before));
}

function heldOf({ go }: Observation): number {
  const names = ['heap_live', 'heap_fragmentation', 'heap_reserved', 'stacks'];
  return names.reduce((sum, name) => sum + (go?.components[name] ?? 0), 0);
}

async function truth(lab: Lab, path: string): Promise<Truth> {
  return JSON.parse(await get(lab, path));
}

async function get(lab: Lab, path: string): Promise<string> {
  const response = await fetch(`http://${lab.address}${path}`);
  const body = await response.text();
  if (!response.ok) throw new Error(`the lab answers ${path} with ${response.status}: ${body.trim()}`);
  return body;
}
