/** What a target does over some hours, and which alerts have fired by the end. Sizes in MiB. */
export interface Story {
  readonly name: string;
  readonly hours: number;
  /** Of C malloc, which Go does not explain, at an hour; Go itself stays at 40 MiB. */
  readonly size: (hour: number) => number;
  /** The hours at which the process started anew, its labels kept (the hardest case). */
  readonly starts?: readonly number[];
  readonly limit?: number;
  readonly goroutines?: (hour: number) => number;
  readonly unattributed?: number;
  /** From this hour on it cannot be read. */
  readonly targetDownFrom?: number;
  readonly sourceDownFrom?: number;
  readonly tight?: true;
  readonly thrashes?: true;
  /** Everything that fires at any time, as `alert` or `alert account` or `alert severity`. */
  readonly fires: readonly string[];
  /** The hour up to which nothing has fired, where it matters. */
  readonly silentUntil?: number;
}

const growth = ['MemgapGrowth rss_c_malloc', 'MemgapGrowth unexplained'];
const dayOverDay = ['MemgapGrowthDayOverDay rss_c_malloc', 'MemgapGrowthDayOverDay unexplained'];
const wave = (hour: number) => 40 * Math.max(0, Math.sin((hour / 24) * 2 * Math.PI));

/** The stories that the rules are tested by; those of docs/alerts.md are named as there. */
export const stories: readonly Story[] = [
  { name: "the seed's plateau, its load repeated", hours: 54, size: (hour) => (hour < 2 ? 10 : hour % 12 < 3 ? 110 : 90), fires: [] },
  { name: 'the sawtooth of a garbage collector', hours: 40, size: (hour) => 60 + 80 * ((hour / 2) % 1), fires: [] },
  { name: 'a warm-up of 1.5 h', hours: 48, size: warmUp(1.5), fires: [] },
  { name: 'a warm-up of 6 h', hours: 48, size: warmUp(6), fires: [] },
  {
    name: 'a deploy of a heavier release',
    hours: 60,
    size: (hour) => (hour < 30 ? 80 : 140 + warmUp(1)(hour - 30) / 10),
    starts: [30],
    fires: [],
  },
  { name: 'day and night', hours: 78, size: (hour) => 100 + wave(hour), fires: [] },
  { name: 'a ramp of 10 h, then flat', hours: 48, size: (hour) => 50 + 20 * Math.min(10, Math.max(0, hour - 20)), fires: [] },
  { name: 'a leak of 2 MB an hour', hours: 78, size: (hour) => 80 + 2 * hour, fires: [...growth, ...dayOverDay], silentUntil: 26 },
  { name: 'a leak of 10 MB an hour', hours: 44, size: (hour) => 80 + 10 * hour, fires: growth, silentUntil: 26 },
  {
    name: 'a leak that reaches the limit',
    hours: 44,
    size: (hour) => 80 + 10 * hour,
    limit: 512,
    fires: [...growth, 'MemgapMemoryExhaustionSoon critical', 'MemgapMemoryExhaustionSoon warning'],
    silentUntil: 26,
  },
  {
    name: 'a leak of 30 MB an hour, killed every 6 h',
    hours: 44,
    size: (hour) => 30 + 30 * (hour % 6),
    starts: [6, 12, 18, 24, 30, 36],
    fires: ['MemgapGrowthThatRestarts'],
  },
  {
    name: 'a leak of 3 MB an hour under a daily wave of 40 MB',
    hours: 80,
    size: (hour) => 100 + 3 * hour + 40 * Math.sin((hour / 24) * 2 * Math.PI),
    fires: dayOverDay,
  },
  { name: 'goroutines that leak', hours: 32, size: () => 20, goroutines: (hour) => 100 + 20 * hour, fires: ['MemgapGoroutineGrowth'] },
  { name: 'a limit without headroom', hours: 3, size: () => 20, limit: 100, tight: true, fires: ['MemgapLimitWithoutHeadroom'] },
  { name: 'a limit without room for files', hours: 3, size: () => 20, limit: 64, thrashes: true, fires: ['MemgapPageCacheThrashing'] },
  { name: 'memory without an owner', hours: 3, size: () => 60, unattributed: 20, fires: ['MemgapUnattributedShareHigh'] },
  { name: 'a target that is gone', hours: 3, size: () => 60, targetDownFrom: 1, sourceDownFrom: 1, fires: ['MemgapTargetDown'] },
  { name: 'a source that fails', hours: 3, size: () => 60, sourceDownFrom: 1, fires: ['MemgapSourceDown'] },
];

function warmUp(time: number): (hour: number) => number {
  return (hour) => 20 + 300 * (1 - Math.exp((-3 * hour) / time));
}
