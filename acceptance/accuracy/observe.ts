import { setTimeout as sleep } from 'node:timers/promises';
import { ledgerDocument } from '../../src/answer/document.ts';
import { ledgerOf } from '../../src/books/ledger.ts';
import { bytes } from '../../src/model/units.ts';
import { createWatch, type Watch } from '../../src/poll/watch.ts';

/** What is measured: a process, and where its profiles are. */
export interface Subject {
  readonly name: string;
  readonly pid: number;
  readonly pprof: string;
}

/** A range that the truth must lie in, in bytes. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** What the harness asks of the document of `explain --json`. What is not there is not known. */
export interface Observation {
  readonly target: { readonly go_version?: string; readonly cgo?: boolean };
  readonly taken_at: number;
  readonly stable?: boolean;
  readonly skew?: number;
  /** RSS - (Sys - HeapReleased): what a person would compute by hand. */
  readonly unexplained?: number;
  readonly go?: { readonly used: number; readonly not_resident?: number; readonly components: Readonly<Record<string, number>> };
  readonly rss?: {
    /** The sum over the mappings, which the components are a partition of; without it the kernel's own. */
    readonly total: number;
    readonly kinds?: Readonly<Record<string, number>>;
    readonly components?: Readonly<Record<string, number>>;
    readonly unattributed?: number;
    readonly ambiguity?: number;
    readonly bracket_width?: number;
    readonly slack?: number;
    readonly by_elimination?: number;
    readonly score?: number;
    /** Memory that somebody other than Go mapped, as far as only the identities tell it. */
    readonly foreign?: Interval & { readonly estimate: number };
    readonly released_resident?: { readonly floor: number; readonly ceiling: number; readonly reason?: string };
  };
  /** Why there are no components. */
  readonly why?: string;
}

/** How to look: what the flags of memgap would say. */
export interface Looking {
  /** `--process.memory-reads`. */
  readonly memoryReads: boolean;
}

const pollTimeout = 10_000;

/** One bracketed look at a process by the engine that ships, with a walk over its mappings: nothing is known of it from before. */
export async function observe(subject: Subject, looking: Looking): Promise<Observation> {
  const watch = watchOf(subject, looking);
  try {
    return await observeOn(watch);
  } finally {
    await watch.close();
  }
}

/** The same, up to five times until the Go numbers stood still meanwhile: a leak's process is idle, but its runtime may be sweeping. */
export async function observeStable(subject: Subject, looking: Looking): Promise<Observation> {
  for (let attempt = 1; ; attempt += 1) {
    const seen = await observe(subject, looking);
    if (seen.stable !== false || attempt === 5) return seen;
    await sleep(200);
  }
}

/** A watch over a process, to be polled and closed. A bug in memgap is thrown. */
export function watchOf({ name, pid, pprof }: Subject, { memoryReads }: Looking): Watch {
  const endpoint = { url: pprof, bodySizeLimit: bytes(64 * 1024 ** 2) };
  return createWatch(
    { name, go: { pprof: endpoint }, process: { by: 'pid', pid } },
    {
      paths: { procfs: '/proc', cgroupfs: '/sys/fs/cgroup' },
      ...(memoryReads && { memoryReads }),
      onBug: (error) => {
        throw error;
      },
    },
  );
}

/** One poll, as `explain --json` would print it. */
export async function observeOn(watch: Watch): Promise<Observation> {
  const { snapshot, mapped } = await watch.poll(AbortSignal.timeout(pollTimeout));
  const document = documentOf(JSON.stringify(ledgerDocument(ledgerOf(snapshot, mapped))));
  return mapped.ok ? document : { ...document, why: mapped.detail };
}

/** Reads the document of `explain --json` and of /api/v1/ledger. */
export function documentOf(json: string): Observation {
  return JSON.parse(json);
}

/** The sizes that one look has more than another, by component; `unattributed` is one of them. */
export function growth(before: Observation, after: Observation): Readonly<Record<string, number>> | undefined {
  const [from, to] = [booked(before), booked(after)];
  if (from === undefined || to === undefined) return undefined;
  const names = new Set([...Object.keys(from), ...Object.keys(to)]);
  return Object.fromEntries([...names].map((name) => [name, (to[name] ?? 0) - (from[name] ?? 0)]));
}

function booked({ rss }: Observation): Readonly<Record<string, number>> | undefined {
  return rss?.components === undefined ? undefined : { ...rss.components, unattributed: rss.unattributed ?? 0 };
}
