import { goTable } from '../model/components/go.ts';
import { rssTable } from '../model/components/rss.ts';
import { type GrowthMeaning, namesOf } from '../model/components/table.ts';
import { mebibyte } from '../model/units.ts';
import { type Course, courseOf } from './course.ts';
import type { Phase } from './measure.ts';
import { type Lost, type Suspects, suspectsAmong } from './suspects.ts';

/** One size over the whole test. */
export interface Line extends Course {
  readonly name: string;
  readonly idle: number | undefined;
  /** The most of all loads. */
  readonly peak: number | undefined;
  /** The floor after each load. */
  readonly after: readonly number[];
  /** Its growth is a leak. Caches of the kernel, idle heap and pages of files come back when somebody wants the room. */
  readonly canLeak: boolean;
}

/** What a load test came to. */
export interface Verdict {
  /** `reclaimable`: RSS rises from load to load, in nothing but what comes back when somebody wants the room. */
  readonly verdict: 'leak' | 'reclaimable' | 'plateau' | 'flat' | 'undecided';
  /** Why it is undecided, if it is. */
  readonly doubt: UndecidedReason | undefined;
  /** Every size that was known after each load, the totals first. */
  readonly lines: readonly Line[];
  readonly beyondGo: Suspects['beyondGo'];
  /** Bytes: what counts as a rise. */
  readonly step: number;
  readonly cycles: number;
}

/** Why a test can't tell: no load was recorded, or too few; sizes were lost; RSS is not known; RSS rises, and no part of it enough. */
export type UndecidedReason =
  | { readonly kind: 'no-load' | 'few-loads' | 'no-rss' | 'spread' }
  | { readonly kind: 'lost'; readonly lost: readonly Lost[] };

const minStepBytes = mebibyte;
const stepRatio = 0.02; // of RSS: pages and spans come and go by so much from load to load

const isNoLeak = ({ growth }: { readonly growth: GrowthMeaning }) => growth === 'cache' || growth === 'neutral';
/** Parts of RSS that come back when somebody wants the room, or that something else bounds. */
const givenBack = new Set<string>([
  ...namesOf(goTable, (row) => isNoLeak(row) && row.within !== undefined),
  ...namesOf(rssTable, isNoLeak),
]);

/** Leak or plateau, by component. Pure; what was not known after every load is not compared, and leaves a test without a leak undecided. */
export function judgeLoad(phases: readonly Phase[]): Verdict {
  const idle = phases.find(({ name }) => name === 'idle');
  const loads = phases.filter(({ name }) => name === 'load');
  const afters = phases.filter(({ name }) => name === 'after');
  const step = Math.max(minStepBytes, stepRatio * (afters.at(-1)?.floors.rss ?? 0));
  const suspects = suspectsAmong(afters);
  const lines = Object.keys(afters[0]?.floors ?? {}).flatMap((name): Line[] => {
    const after = afters.flatMap(({ floors }) => floors[name] ?? []);
    if (after.length < afters.length) return [];
    const peaks = loads.flatMap((load) => load.peaks[name] ?? []);
    const before = idle?.floors[name];
    const peak = peaks.length === 0 ? undefined : Math.max(...peaks);
    return [{ name, idle: before, peak, after, canLeak: suspects.names.has(name), ...courseOf(before, after, step) }];
  });
  const { beyondGo } = suspects;
  return { ...verdictOf(lines, suspects, step), lines, beyondGo, step, cycles: afters.length };
}

function verdictOf(lines: readonly Line[], { lost, beyondGo }: Suspects, step: number): Pick<Verdict, 'verdict' | 'doubt'> {
  const rss = lines.find(({ name }) => name === 'rss');
  const shapes = new Set(lines.filter(({ canLeak }) => canLeak).map(({ shape }) => shape));
  const isRssRising = rss?.shape === 'line' || rss?.shape === 'undecided';
  const rest = rss !== undefined && isRssRising ? courseOfRest(rss, lines, step).shape : 'flat';
  if (shapes.has('line')) return { verdict: 'leak', doubt: undefined };
  if (lost.length > 0) return undecided({ kind: 'lost', lost });
  if (lines.length === 0) return undecided({ kind: 'no-load' });
  if (beyondGo === 'nothing') return undecided({ kind: 'no-rss' });
  if (shapes.has('undecided') || rest === 'undecided') return undecided({ kind: 'few-loads' });
  if (rest === 'line') return undecided({ kind: 'spread' });
  if (isRssRising) return { verdict: 'reclaimable', doubt: undefined };
  const isPlateau = shapes.has('plateau') || rss?.shape === 'plateau';
  return { verdict: isPlateau ? 'plateau' : 'flat', doubt: undefined };
}

function undecided(doubt: UndecidedReason): Pick<Verdict, 'verdict' | 'doubt'> {
  return { verdict: 'undecided', doubt };
}

/** RSS without what comes back: its parts may all rise by less than a step, and together by more. */
function courseOfRest(rss: Line, lines: readonly Line[], step: number): Course {
  const parts = lines.filter(isGivenBack);
  const without = (total: number, sizeOf: (part: Line) => number | undefined) =>
    parts.reduce((rest, part) => rest - (sizeOf(part) ?? 0), total);
  const after = rss.after.map((total, index) => without(total, (part) => part.after[index]));
  return courseOf(rss.idle === undefined ? undefined : without(rss.idle, ({ idle }) => idle), after, step);
}

/** Its growth is no leak and needs no judge: it comes back when somebody wants the room. */
export function isGivenBack({ name }: Pick<Line, 'name'>): boolean {
  return givenBack.has(name);
}
