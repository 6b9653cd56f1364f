import type { Ledger } from '../books/ledger.ts';
import type { Missing } from '../model/reading.ts';

/** A source that came to nothing: why, and what to do about it. */
export interface Gap {
  readonly source: string;
  readonly reason: Missing;
  readonly detail: string;
  readonly next: string | undefined;
}

/** Every source that was tried, or asked for, and came to nothing; and the books that none of them could fill. */
export function gaps({ snapshot, go, rss, cgroup }: Ledger): readonly Gap[] {
  const list: Gap[] = [];
  const hasEnded = !snapshot.process.ok && snapshot.process.reason === 'gone';
  for (const [source, outcome] of Object.entries(snapshot.sources)) {
    if (!outcome.ok) list.push(gap(source, outcome.reason, outcome.detail, hasEnded));
  }
  // a book can be empty although no source failed: nothing was configured, or two sources contradict each other
  const books = { process: snapshot.process.ok ? rss : snapshot.process, go, cgroup };
  for (const [book, reading] of Object.entries(books)) {
    if (!reading.ok && !list.some(({ detail }) => detail === reading.detail))
      list.push(gap(book, reading.reason, reading.detail, hasEnded));
  }
  return list;
}

function gap(source: string, reason: Missing, detail: string, hasEnded: boolean): Gap {
  const isForThat = hasEnded && (reason === 'unreachable' || reason === 'gone') && source !== 'process';
  return { source, reason, detail, next: isForThat ? 'nothing: the process of this target has ended' : nextStep(source, reason) };
}

/** What a person does about a source that came to nothing; one sentence, or nothing where there is no better word than the detail. */
export function nextStep(source: string, reason: Missing): string | undefined {
  return steps[`${source} ${reason}`] ?? steps[`${family(source)} ${reason}`] ?? steps[reason];
}

function family(source: string): string {
  if (source.startsWith('cgroup')) return 'cgroup';
  return goSources.has(source) ? 'go' : 'process';
}

const goSources = new Set(['go', 'expvar', 'metrics', 'pprof_heap', 'pprof_index']);

const right = 'grant the right that it names: memgap doctor says which check failed, and the lines that mend it';

/** `<source or family> <reason>`, or a reason alone for all others. */
const steps: Readonly<Record<string, string>> = {
  'go disabled':
    'give one of --target.pprof, --target.expvar, --target.metrics: e.g. --target.pprof http://127.0.0.1:6060/debug/pprof; or read the memory of the target with --process.memory-reads',
  'go unreachable': 'check that the program serves there: import _ "net/http/pprof", and the address it listens on',
  'go not-found': 'check the path: net/http/pprof serves /debug/pprof, expvar /debug/vars, client_golang /metrics',
  'go unauthorized': "add basic_auth or authorization to the target's config",
  'go timeout': 'raise poll_timeout, or use a cheaper source: expvar or metrics before pprof',
  'go too-large': 'raise body_size_limit, or use expvar or metrics instead of pprof',
  'go mismatch': 'make the URL and the process of this target the same one',
  'go unsupported': 'this endpoint does not tell MemStats: configure another of pprof, expvar, metrics',
  'process denied': right,
  'process disabled': 'tell which process it is: --target.pid, --target.exe, --target.port or --target.cgroup',
  'process not-found': 'start the program, or mend the pid, exe, port or cgroup of this target',
  'process gone': 'nothing, if it was to end: memgap serve looks for its successor at each poll; else mend the pid',
  'process mismatch': 'make the URL and the process of this target the same one',
  exhausted: "raise memgap's own limit of open files: LimitNOFILE of its systemd unit, ulimit -n of its shell or container",
  'cgroup denied': right,
  'cgroup disabled': 'tell which process it is: --target.pid, --target.exe, --target.port or --target.cgroup',
};
