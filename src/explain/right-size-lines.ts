import type { Past } from '../causes/past.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { known } from '../reading.ts';
import type { LastSight } from '../snapshot.ts';
import { type Bytes, bytes, formatBytes, formatDuration } from '../units.ts';
import { type RightSize, rightSize } from './right-size.ts';

/** The right size in words: the settings first, then what each rests on, then what speaks against it. */
export interface RightSizeLines {
  /** `requests.memory: 40Mi  limits.memory: 170Mi  GOMEMLIMIT=120MiB`. */
  readonly settings: string;
  readonly reasons: readonly string[];
  readonly caveats: readonly string[];
}

const whole = 3600; // seconds: less is seldom a whole load

/** What a person is told of the right size; `undefined` where nothing of this process is known, or it is not watched. */
export function rightSizeLines(ledger: Ledger, past: Past | undefined, former?: LastSight): RightSizeLines | undefined {
  const size = past && known(rightSize(ledger, past, former));
  if (size === undefined) return undefined;
  const { request, limit, gomemlimit, peak, margin, typical, notGo } = size;
  const settings = [`requests.memory: ${inMebi(request)}Mi`, `limits.memory: ${inMebi(limit)}Mi`];
  if (gomemlimit.ok) settings.push(`GOMEMLIMIT=${inMebi(gomemlimit.value)}MiB`);
  return {
    settings: settings.join('  '),
    reasons: [
      `limit: peak ${formatBytes(peak)} (${sources[size.peakSource]}) + margin ${formatBytes(margin)}`,
      gomemlimit.ok
        ? `GOMEMLIMIT: the limit - ${formatBytes(notGo ?? 0)} that was not Go's at most - 5 % of the limit`
        : `GOMEMLIMIT: none. ${gomemlimit.detail}`,
      `request: typical level ${formatBytes(typical)}`,
    ],
    caveats: caveats(ledger, size, former),
  };
}

const sources = {
  polls: 'the highest snapshot, less what the kernel can take back',
  life: 'VmHWM - RssFile, with what the container holds beside it now',
  rss: 'of RSS, for no container was to be seen: kernel memory and sockets are missing',
  former: 'of the process before this one, at its highest snapshot',
} satisfies Record<RightSize['peakSource'], string>;

function caveats({ snapshot }: Ledger, { watched, isGrowing, groupPeak, limit, margin }: RightSize, former?: LastSight): readonly string[] {
  const others = known(snapshot.others)?.count ?? 0;
  return [
    watched < whole ? `${watchedFor(watched)}: watch a whole load before you believe it` : `watched ${formatDuration(watched * 1000)}`,
    ...(isGrowing ? ['it grows in a line: no size is right for long'] : []),
    ...killed(former, limit, margin),
    ...(others > 0 ? [`counts the other processes of the container too (${others} now)`] : []),
    ...(groupPeak !== undefined && groupPeak > limit
      ? [`the container once stood at ${formatBytes(groupPeak)} (memory.peak): page cache, or something between two snapshots`]
      : []),
  ];
}

/** A process that was killed at its limit needed more than was seen of it. Nobody says that it was: the container went with it. */
function killed(former: LastSight | undefined, limit: Bytes, margin: Bytes): readonly string[] {
  if (former?.limit === undefined || former.headroom === undefined || former.headroom > margin || limit > former.limit) return [];
  const room = formatBytes(bytes(Math.max(0, former.headroom)));
  return [
    `the process before this one was last seen ${room} before an OOM kill at ${formatBytes(former.limit)}: if it was killed, this is too little`,
  ];
}

function watchedFor(seconds: number): string {
  return seconds === 0 ? 'from one look' : `watched only ${formatDuration(seconds * 1000)}`;
}

function inMebi(size: number): number {
  return Math.round(size / 1024 ** 2);
}
