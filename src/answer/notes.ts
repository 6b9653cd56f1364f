import type { Ledger } from '../books/ledger.ts';
import { strangersIn } from '../books/shared-group.ts';
import { gogcOf, memoryLimitOf, ofEnvironment } from '../causes/go/go-settings.ts';
import { known, type Missing } from '../model/reading.ts';
import { formatBytes, formatDuration } from '../model/units.ts';
import { podName } from '../untrusted.ts';
import { nextStep } from './next-step.ts';

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
