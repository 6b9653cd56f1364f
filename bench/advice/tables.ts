import { mebibytes, number, type Table } from '../table.ts';
import { allowed } from './conditions.ts';
import { judgeAdvice, memgaps } from './judge-advice.ts';
import { type Given, type Giver, type Measured, titles } from './measured.ts';

/** A row for each program: the size that each gives, and what came of it. */
export function sizeTable(all: readonly Measured[], where: string): Table {
  const columns = ['look', 'polls', 'killed', 'starved', 'vpa', 'krr'] as const;
  return {
    title: `Advised sizes, tried on ${where}`,
    columns: ['program', 'least that passes', ...columns.map((by) => titles[by])],
    rows: all.map((each) => [
      each.name,
      each.least === undefined ? '-' : `${mebibytes(each.least)}`,
      ...columns.map((by) => cell(each, by)),
    ]),
    notes: [
      `In MiB. Of a limit: \`ok\` and how many times the least it is, \`KILLED\`, or \`STARVES\` (it read more, was ready later or collected more than it may); + is GOMEMLIMIT, applied with it. The least limit is that of the program's own settings. ` +
        `Bounds, against the same start and load without a limit: bytes read and time to ready at most ${allowed.readBytes.times} x (and ${allowed.readBytes.more / 1024 ** 2} MiB, ${allowed.ready.more} s), ` +
        `processor time of collections at most ${allowed.gcSeconds.times} x (or ${allowed.gcSeconds.least} s). Medians of three starts, each with cold page cache in a cgroup of its own; one kill of three is a kill (VPA's and KRR's: of one start). Where only what is timed is missed, three more starts with the size and three without a limit, in turns, tell.`,
      'After a kill: the program was run under a limit below what it holds, killed, and started again under it; while it starves: under such a limit it was not killed, and read and read. `none`: no size is given.',
      'VPA: the target of the Vertical Pod Autoscaler after a day of these working sets (90th percentile of daily peaks, 15 % more, at least 250 MiB). KRR: Robusta KRR, simple strategy (highest working set, 15 % more, at least 100 MiB).',
      summary(all),
    ],
  };
}

function cell({ given, least }: Measured, by: Giver): string {
  const each = given.find((one) => one.by === by);
  if (each === undefined || (each.size === undefined && each.document === undefined && by !== 'look' && each.why !== 'no size')) return '-';
  const { limit, gomemlimit } = each.size ?? {};
  if (limit === undefined) return 'none';
  const shown = `${mebibytes(limit).replace(/\.0$/, '')}${gomemlimit === undefined ? '' : ` + ${mebibytes(gomemlimit).replace(/\.0$/, '')}`}`;
  return `${shown} ${verdictOf(each, least)}`;
}

function verdictOf({ misses, trials, size }: Given, least: number | undefined): string {
  if (trials.some(({ oomKills }) => oomKills > 0)) return 'KILLED';
  if (misses.length > 0) return 'STARVES';
  return least === undefined || size?.limit === undefined ? 'ok' : `ok ${(size.limit / least).toFixed(2)} x`;
}

function summary(all: readonly Measured[]): string {
  const of = (givers: readonly Giver[]) =>
    all.flatMap(({ given }) => given.filter(({ by, size }) => size !== undefined && givers.includes(by)));
  const passed = (some: readonly Given[]) => some.filter(({ misses }) => misses.length === 0).length;
  const counted = (name: string, givers: readonly Giver[]) => `${name} ${passed(of(givers))} of ${of(givers).length}`;
  const none = all.flatMap(({ given }) => given.filter(({ by, why }) => why === 'no size' && memgaps.some((each) => each === by))).length;
  return `Sizes that neither kill nor starve: ${counted('memgap', memgaps)} (and no size ${none} times), ${counted('VPA', ['vpa'])}, ${counted('KRR', ['krr'])}.`;
}

/** A row for each program: what it is without a limit. */
export function freeTable(all: readonly Measured[]): Table {
  return {
    title: 'The programs, without a limit',
    columns: ['program', 'is', 'ready s', 'load s', 'read MiB', 'collections s', 'anonymous MiB', 'peak MiB'],
    rows: all.map(({ name, kind, free }) => {
      const middle = free[free.length >> 1];
      return [
        name,
        kind,
        ...[middle?.ready, middle?.loadSeconds].map((each) => number(each ?? Number.NaN)),
        mebibytes(middle?.readBytes ?? Number.NaN),
        number(middle?.gcSeconds ?? Number.NaN),
        ...[middle?.anonymous, middle?.peak].map((each) => mebibytes(each ?? Number.NaN)),
      ];
    }),
    notes: ['Peak: the highest usage of the group, page cache included.'],
  };
}

/** Every bound that is missed, as a list. */
export function missesOfAll(all: readonly Measured[]): readonly string[] {
  return all.flatMap(judgeAdvice);
}
