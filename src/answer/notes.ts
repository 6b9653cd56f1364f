import { type Ledger, strangersIn } from '../books/ledger.ts';
import { gogcOf, memoryLimitOf, ofEnvironment } from '../causes/go/go-settings.ts';
import type { Past, Series } from '../history/past.ts';
import type { ProcessIdentity } from '../model/process.ts';
import { known } from '../model/reading.ts';
import type { LastObservation, Snapshot } from '../model/snapshot.ts';
import { formatBytes, formatDuration } from '../model/units.ts';
import { podName } from '../untrusted.ts';

/** Who this is: `operator  pod shop/operator-7d4b9  pid 4711 (manager)  go1.19.8  github.com/prometheus/prometheus  up 2h3m`. */
export function headline({ snapshot }: Ledger): string {
  const { process, build, go, status, target, ownPod } = snapshot;
  const pid = process.ok ? `pid ${process.value.pid}` : undefined;
  const goVersion = build.ok ? build.value.goVersion : go.ok ? go.value.goVersion : undefined;
  return [
    target === pid ? undefined : target,
    ownPod && `pod ${podName(ownPod)}`,
    pid === undefined ? undefined : `${pid}${status.ok ? ` (${status.value.name})` : ''}`,
    goVersion,
    build.ok ? build.value.mainModule : undefined,
    process.ok ? `up ${formatDuration(Math.max(0, snapshot.takenAt - process.value.startTime) * 1000)}` : undefined,
  ]
    .filter((part) => part !== undefined)
    .join('  ');
}

/** When and how surely the numbers were taken, and what the runtime was told. */
export function circumstances(ledger: Ledger): readonly string[] {
  const { snapshot, cgroup } = ledger;
  const lines = [`taken ${new Date(snapshot.takenAt * 1000).toISOString()}${steadiness(snapshot.bracket)}`];
  const settings = goSettings(ledger);
  if (settings !== undefined) lines.push(settings);
  if (cgroup.ok) lines.push(visibility(cgroup.value.numbers));
  const strangers = strangersIn(snapshot);
  if (strangers > 0) lines.push(`this cgroup is shared by ${strangers} other${strangers === 1 ? '' : 's'}: the process is judged alone`);
  return lines;
}

function steadiness(bracket: Ledger['snapshot']['bracket']): string {
  if (!bracket.ok) return '';
  const { stable, skew, attempts } = bracket.value;
  const moved = `Go's numbers moved by ${formatBytes(skew)} while the process was read`;
  return stable ? `, stable: ${moved}` : `, UNSTABLE: ${moved}, too far for the books (${attempts} attempts)`;
}

function goSettings(ledger: Ledger): string | undefined {
  const { go, profiles } = ledger.snapshot;
  if (!go.ok) return undefined;
  const { goroutines = known(profiles)?.goroutines } = go.value;
  const gogc = known(gogcOf(ledger));
  const limit = known(memoryLimitOf(ledger));
  const parts = [
    gogc && `GOGC=${gogc.value === 'off' ? 'off' : Math.round(gogc.value * 100)}`,
    limit && `GOMEMLIMIT=${limit.value === 'off' ? 'off' : formatBytes(limit.value)}`,
    limit === undefined && known(ledger.snapshot.environment)?.memoryLimit === 'off' ? 'no GOMEMLIMIT' : undefined,
    limit?.source === 'environment' || (limit === undefined && ledger.snapshot.environment.ok) ? `(${ofEnvironment})` : undefined,
    goroutines === undefined ? undefined : `${goroutines} goroutines`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(', ');
}

function visibility({ version, via, levels }: { version: 1 | 2; via: 'root' | 'path'; levels: readonly unknown[] }): string {
  const how = via === 'root' ? 'below /proc/PID/root' : 'by the path of /proc/PID/cgroup';
  const seen = levels.length === 1 ? 'its own level only: limits above it are not visible' : `${levels.length} levels visible`;
  return `cgroup v${version}, found ${how}, ${seen}`;
}

/** How the sizes of this process moved since memgap first saw it: a line for each that was known, or none before the second snapshot. */
export function trend(past: Past | undefined): readonly string[] {
  if (past === undefined || past.until <= past.since) return [];
  const parts = [movement('RSS', past, 'rss'), movement('used by Go', past, 'used'), movement('container', past, 'usage')].filter(
    (part) => part !== undefined,
  );
  return parts.length === 0 ? [] : [`in the last ${formatDuration((past.until - past.since) * 1000)}: ${parts.join('; ')}`];
}

function movement(name: string, past: Past, series: Series): string | undefined {
  const first = past.first(series);
  const last = past.latest(series);
  const highest = past.peak(series);
  if (first === undefined || last === undefined || highest === undefined) return undefined;
  const peak = highest > first && highest > last ? ` (peak ${formatBytes(highest)})` : '';
  return `${name} ${formatBytes(first)} -> ${formatBytes(last)}${peak}`;
}

/** What the process that this one replaced, or that is gone, was last seen with; no line when there was none. */
export function lastSeen(sight: LastObservation | undefined, { process, takenAt }: Snapshot): readonly string[] {
  if (sight === undefined) return [];
  const { rss, used, usage, limit, headroom, peak } = sight;
  const container = [
    usage === undefined ? undefined : `container ${formatBytes(usage)}${limit === undefined ? '' : ` of ${formatBytes(limit)}`}`,
    headroom === undefined ? undefined : `${formatBytes(headroom)} before an OOM kill`,
    peak === undefined ? undefined : `peak ${formatBytes(peak)}`,
  ];
  const own = [
    rss === undefined ? undefined : `RSS ${formatBytes(rss)}`,
    used === undefined ? undefined : `used by Go ${formatBytes(used)}`,
  ];
  const parts = [...container, ...own].filter((part) => part !== undefined);
  return [`${when(sight, known(process), takenAt)}: ${parts.length === 0 ? 'its sizes were not known' : parts.join(', ')}`];
}

function when({ pid, takenAt: seen }: LastObservation, present: ProcessIdentity | undefined, takenAt: number): string {
  const time = new Date(seen * 1000).toISOString();
  if (present === undefined) return `pid ${pid} is not there now; it was last seen ${time}, ${ago(takenAt - seen)} ago`;
  return `restarted: the process before this one, pid ${pid}, was last seen ${time}, ${ago(present.startTime - seen)} before this one started`;
}

/** Start times are whole clock ticks, so that the next process may seem to have started before the last look. */
function ago(seconds: number): string {
  return formatDuration(Math.max(0, seconds) * 1000);
}
