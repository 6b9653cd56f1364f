import { mebibytes, type Table } from '../../bench/table.ts';
import { intervalLeaks } from './bounds.ts';
import { judgeLeak } from './judge-leak.ts';
import { hasForeign, percent, phaseOf } from './judge-phases.ts';
import { judgePreload } from './judge-preload.ts';
import type { LeakRun } from './leaks.ts';
import type { Observation } from './observe.ts';
import type { PhaseRun } from './phases.ts';
import type { PreloadRun } from './preloads.ts';

/** Programs and phases: how much of RSS arithmetic leaves open, and how much the book does. */
export function programTable(runs: readonly PhaseRun[]): Table {
  return {
    title: 'Programs that nobody here wrote',
    columns: ['program', 'Go', 'phase', 'RSS MiB', 'naive gap', 'strict score', 'unattributed', 'stable', 'components MiB'],
    rows: runs.map(({ program, phase, looking, seen }) => {
      const stable = seen.filter((each) => each.stable === true);
      const booked = (stable.length > 0 ? stable : seen).flatMap(({ rss }) => (rss === undefined ? [] : [rss]));
      return [
        program,
        (seen[0]?.target.go_version ?? '-').replace(/^go/, '').replace(/ .*/, ''),
        phaseOf({ phase, looking }),
        range(
          booked.map(({ total }) => total),
          mebibytes,
        ),
        range(seen.map(naiveGap), percent),
        range(
          booked.map(({ score }) => score),
          percent,
        ),
        range(
          booked.map((rss) => (rss.unattributed === undefined ? undefined : rss.unattributed / rss.total)),
          percent,
        ),
        `${stable.length} of ${seen.length}`,
        components(booked.at(-1)),
      ];
    }),
    notes: [
      'The least and the most of all snapshots of a phase. Naive gap: RSS - (Sys - HeapReleased), as a share of RSS. Strict score: unattributed, ambiguity, width of the bracket and slack of the identities, as a share of RSS, of the stable snapshots.',
      '`*` at the components: the program is known to map memory past Go, does at that time, and is judged by the width of its interval. In any other, foreign memory in the book is a miss.',
      'The last snapshot of each phase is one of `memgap serve`: what it says on /metrics is compared with its ledger, value by value.',
      ...unstable(runs),
    ],
  };
}

function naiveGap({ rss, unexplained }: Observation): number | undefined {
  return rss === undefined || unexplained === undefined ? undefined : unexplained / rss.total;
}

function components(rss: Observation['rss']): string {
  if (rss?.components === undefined) return '-';
  const named = Object.entries(rss.components)
    .filter(([, size]) => size >= 0.05 * 1024 ** 2)
    .sort(([, a], [, b]) => b - a)
    .map(([name, size]) => `${name} ${mebibytes(size)}`);
  return `${named.join(', ')}${hasForeign(rss) ? ' *' : ''}`;
}

function unstable(runs: readonly PhaseRun[]): readonly string[] {
  const each = runs.flatMap(({ program, phase, looking, seen }) =>
    seen.flatMap((look, index) =>
      look.stable === true
        ? []
        : [
            `${program} ${phaseOf({ phase, looking })} ${index + 1}: moved by ${mebibytes(look.skew ?? Number.NaN)} MiB, score ${percent(look.rss?.score ?? Number.NaN)}`,
          ],
    ),
  );
  return each.length === 0 ? ['No snapshot was unstable.'] : [`Unstable: ${each.join('; ')}.`];
}

/** Leaks against Go versions: what the lab injected, and by how much its component was off. */
export function leakTable(runs: readonly LeakRun[]): Table {
  const versions = unique(runs.map(goOf));
  const rows = unique(runs.map(rowOf)).map((row) => {
    const own = runs.filter((run) => rowOf(run) === row);
    const [first] = own;
    const cells = versions.map((version) => own.find((run) => goOf(run) === version)).map((run) => (run === undefined ? '' : cell(run)));
    const unattributed = own.map((run) => judgeLeak(run).unattributed);
    return [
      row,
      first?.component ?? '-',
      range(
        own.flatMap(({ injected }) => [injected.low, injected.high]),
        mebibytes,
      ),
      ...cells,
      range(unattributed, percent),
    ];
  });
  return {
    title: 'Leaks made on purpose',
    columns: ['leak', 'component', 'injected MiB', ...versions, 'unattributed'],
    rows,
    notes: [
      'Each cell: growth of the component in MiB, and how far that lies outside of what the lab knows (pages of its own that mincore(2) calls resident; for the heap and stacks of Go also what its allocator took on top), as a share of the size that was asked for. `WRONG`: another component grew more.',
    ],
  };
}

function cell(run: LeakRun): string {
  const { measured, error, rightClass } = judgeLeak(run);
  if (measured === undefined || error === undefined) return '-';
  return `${mebibytes(measured)} (${percent(error / (run.mib * 1024 ** 2))})${rightClass ? '' : ' WRONG'}`;
}

/** Released memory that is resident: the interval against what the lab knows. */
export function releasedTable(runs: readonly LeakRun[]): Table {
  return {
    title: 'Released, and resident all the same: huge pages and locks',
    columns: ['leak', 'lab', 'truth MiB', 'not resident MiB', 'component MiB', 'least MiB', 'most MiB', 'holds'],
    rows: runs
      .filter(({ leak }) => intervalLeaks.includes(leak))
      .map((run) => {
        const { interval, measured } = judgeLeak(run);
        return [
          run.leak,
          run.lab,
          interval === undefined ? '-' : range([interval.truth.low, interval.truth.high], mebibytes),
          mebibytes(run.notResident),
          mebibytes(measured ?? Number.NaN),
          mebibytes(interval?.low ?? Number.NaN),
          mebibytes(interval?.high ?? Number.NaN),
          interval === undefined ? '-' : interval.holds ? 'yes' : 'NO',
        ];
      }),
    notes: [
      'The component is net: live memory that nobody touched hides as much of it. The interval must hold the truth: what the lab knows, give or take the 1 % that every leak is allowed.',
      'Go 1.19 leaves locked memory resident that it calls released (madvise(2) refuses it); from Go 1.22 on it was seen to be gone, so that the truth of `locked-released` is 0 there.',
    ],
  };
}

/** Foreign memory: the interval against what the lab knows. */
export function foreignTable(runs: readonly LeakRun[]): Table {
  return {
    title: 'Memory that somebody other than Go mapped',
    columns: ['leak', 'lab', 'memory reads', 'truth MiB', 'least MiB', 'most MiB', 'width of RSS', 'holds'],
    rows: runs.flatMap((run) => {
      const { interval } = judgeLeak(run);
      if (interval === undefined || intervalLeaks.includes(run.leak)) return [];
      const width = (interval.high - interval.low) / (run.after.rss?.total ?? Number.NaN);
      return [
        [
          run.leak,
          run.lab,
          run.looking.memoryReads ? 'on' : 'off',
          range([interval.truth.low, interval.truth.high], mebibytes),
          mebibytes(interval.low),
          mebibytes(interval.high),
          percent(width),
          interval.holds ? 'yes' : 'NO',
        ],
      ];
    }),
    notes: [
      "Truth: what the lab mapped, with what its allocator took on top and what was foreign in the process before, C's start-up memory included. The interval must meet it.",
    ],
  };
}

/** Memory that was mapped before Go started: the interval against what the library filled. */
export function preloadTable(runs: readonly PreloadRun[]): Table {
  return {
    title: 'Memory that was mapped before Go started',
    columns: ['library', 'lab', 'memory reads', 'RSS MiB', 'truth MiB', 'least MiB', 'most MiB', 'width of RSS', 'allowed', 'kept'],
    rows: runs.map((run) => {
      const { interval, truth, width, allowed, misses } = judgePreload(run);
      return [
        run.mib === undefined ? run.name : `${run.name}, ${run.mib} MiB`,
        run.lab,
        run.looking.memoryReads ? 'on' : 'off',
        mebibytes(run.seen.rss?.total ?? Number.NaN),
        truth === undefined ? '-' : range([truth.low, truth.high], mebibytes),
        mebibytes(interval?.low ?? Number.NaN),
        mebibytes(interval?.high ?? Number.NaN),
        percent(width),
        allowed === undefined ? '-' : percent(allowed),
        misses.length === 0 ? 'yes' : 'NO',
      ];
    }),
    notes: [
      'A library that is loaded before all others (LD_PRELOAD, or linked) maps its memory before the runtime maps its tables, and lies among them: no place tells the two apart.',
      'With memory reads the tables themselves tell (src/goruntime/tables/own-graph.ts), and the interval is some 100 KiB wide, whatever the size. Without them it is as wide as what Go may have of its own there, 0.3 to 3.1 MiB in these programs: 5 % of RSS is promised from 64 MiB of RSS on, and for less there is no bound.',
      'Truth: what the library filled, and up to 256 KiB of libc and its threads. What jemalloc maps for itself nobody tells.',
    ],
  };
}

function goOf({ lab }: LeakRun): string {
  return lab.replace(/-(pure|cgo|pie|stripped)$/, '');
}

function rowOf({ leak, lab, looking }: LeakRun): string {
  return `${leak}, ${lab.replace(/^.*-/, '')}${looking.memoryReads ? ', memory reads' : ''}`;
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

/** `1.0 to 2.0`, or the one where both read the same. */
function range(values: ReadonlyArray<number | undefined>, show: (value: number) => string): string {
  const numbers = values.filter((value): value is number => value !== undefined && Number.isFinite(value));
  if (numbers.length === 0) return '-';
  const [least, most] = [show(Math.min(...numbers)), show(Math.max(...numbers))];
  return least === most ? least : `${least} to ${most}`;
}
