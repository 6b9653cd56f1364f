import { type Ledger, strangersIn } from '../books/ledger.ts';
import { untilCollection } from '../history/collections.ts';
import type { HeldBy } from '../history/held.ts';
import type { Past } from '../history/past.ts';
import { known } from '../model/reading.ts';
import type { LastObservation } from '../model/snapshot.ts';
import { formatBytes, formatDuration, mebibyte } from '../model/units.ts';
import { type RightSize, rightSize } from './right-size.ts';

/** The right size in words: the settings first, then what each rests on, then what speaks against it. */
export interface RightSizeLines {
  /** `requests.memory: 40Mi  limits.memory: 170Mi  GOMEMLIMIT=120MiB`, or `none`. */
  readonly settings: string;
  readonly reasons: readonly string[];
  readonly caveats: readonly string[];
}

const wholeLoadSeconds = 3600; // seconds: less is seldom a whole load

/** What a person is told of the right size; `undefined` where nothing of this process is known, or it is not watched. */
export function rightSizeLines(ledger: Ledger, past: Past | undefined, previous?: LastObservation): RightSizeLines | undefined {
  const reading = past && rightSize(ledger, past, previous);
  if (reading === undefined) return undefined;
  if (!reading.ok) {
    return reading.reason === 'too-early' ? { settings: 'none', reasons: reading.detail.split('; '), caveats: [] } : undefined;
  }
  const size = reading.value;
  const { request, limit, gomemlimit, peak, files, streamed, margin, typical, notGo } = size;
  const settings = [`requests.memory: ${inMebi(request)}Mi`, `limits.memory: ${inMebi(limit)}Mi`];
  if (gomemlimit.ok) settings.push(`GOMEMLIMIT=${inMebi(gomemlimit.value)}MiB`);
  const once = streamed === 0 ? '' : ` + files read or written once ${formatBytes(streamed)}`;
  const inUse = files === undefined ? 'not known' : formatBytes(files);
  return {
    settings: settings.join('  '),
    reasons: [
      `limit: peak ${formatBytes(peak)} (${sources[size.peakSource]}) + files in use ${inUse}${once} + margin ${formatBytes(margin)}`,
      ...(limit > peak + (files ?? 0) + streamed + margin + mebibyte
        ? ['limit: raised, for the GOMEMLIMIT that is set squeezes the heap: what it would need was not seen']
        : []),
      gomemlimit.ok
        ? `GOMEMLIMIT: the limit - ${formatBytes(notGo ?? 0)} that was not Go's at most - files - 5 % of the limit`
        : `GOMEMLIMIT: none. ${gomemlimit.detail}`,
      `request: typical level ${formatBytes(typical)} + files`,
    ],
    caveats: caveats(ledger, size),
  };
}

const sources = {
  polls: 'the highest snapshot, less what the kernel can take back',
  goal: 'with the heap at NextGC, where the next collection comes',
  life: 'VmHWM - RssFile, with what the container holds beside it now',
  between: "the container's own peak, less cache: between two snapshots",
  former: 'of the process before this one, at its highest snapshot',
} satisfies Record<RightSize['peakSource'], string>;

const basis = {
  container: [],
  elsewhere: ['other groups are charged for pages of this process: the size is its own'],
  shared: [],
  process: ['no container was to be seen: kernel memory and sockets are missing'],
} satisfies Record<HeldBy, readonly string[]>;

function caveats(ledger: Ledger, { watched, of, files, filesElsewhere }: RightSize): readonly string[] {
  const { snapshot } = ledger;
  const others = known(snapshot.others)?.count ?? 0;
  const growth = untilCollection(ledger);
  return [
    watched < wholeLoadSeconds
      ? `${watchedFor(watched)}: watch a whole load before you believe it`
      : `watched ${formatDuration(watched * 1000)}`,
    ...basis[of],
    ...(of === 'shared'
      ? [`${strangersIn(snapshot)} others share this group: of the process alone, without kernel memory and sockets`]
      : others > 0
        ? [`counts the other processes of the container too (${others} now)`]
        : []),
    ...(filesElsewhere >= minElsewhereBytes ? [`${formatBytes(filesElsewhere)} of the files are charged to another group now`] : []),
    ...(files === undefined && of !== 'process' ? ['file pages in use are not in it: neither the process nor its group tells them'] : []),
    ...(growth.ok ? [] : [`up to where the heap grows before a collection is not in it: ${growth.detail}`]),
  ];
}

const minElsewhereBytes = 16 * mebibyte; // of a small program it is the executable, which whoever copied it pays for

function watchedFor(seconds: number): string {
  return seconds === 0 ? 'from one look' : `watched only ${formatDuration(seconds * 1000)}`;
}

function inMebi(size: number): number {
  return Math.round(size / mebibyte);
}
