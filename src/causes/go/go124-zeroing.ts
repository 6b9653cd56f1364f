import { found, missing } from '../../model/reading.ts';
import { formatBytes, mebibyte } from '../../model/units.ts';
import { type Cause, inactive, ratio, size } from '../engine/cause.ts';
import { goReleaseOf } from './go-settings.ts';

const minResidentRatio = 0.97; // 1.26 of 1.28 GiB with Go 1.24, 1.04 of 1.33 GiB with 1.23
const minBytes = 256 * mebibyte; // only objects over 32 KiB are concerned, and a small heap is all touched after any load
/** Open in the source of 1.24.4, closed in that of 1.25; a backport was announced after 1.24.5 (July 2025). */
const lastPatch = 5;

/** Go 1.24 clears large clear objects with pointers, and so touches all their pages (golang/go#72991). Context: which pages is unknown. */
export const go124Zeroing: Cause = {
  name: 'go124_zeroing',
  title: 'possible: large objects that Go 1.24 touches for nothing',
  claims: [],
  judge({ ledger }) {
    const release = goReleaseOf(ledger);
    if (!release.ok) return release;
    const { text, minor, patch } = release.value;
    if (minor !== 24 || patch > lastPatch) return inactive;
    const { mapped } = ledger;
    if (!mapped.ok) return mapped;
    const { components, notResident } = mapped.value.value;
    const arenas = components.go_arenas;
    if (arenas === undefined || notResident === undefined)
      return missing('disabled', 'no Go numbers were had when the mappings were walked');
    const residentRatio = arenas / (arenas + notResident);
    if (arenas < minBytes || !(residentRatio > minResidentRatio)) return inactive;
    return found({
      evidence: [
        ratio('of the heap that Go uses is resident', residentRatio, 'smaps Rss of the arenas / (it + committed and not resident)'),
        size('heap and stacks', arenas, 'smaps Rss of the arenas'),
      ],
      summary: `Possible: nearly all of the ${formatBytes(arenas)} that Go uses of its heap is resident, and ${text} touches large objects with pointers when it allocates them.`,
      next: 'upgrade Go to 1.25, and compare RSS under the same load',
    });
  },
};
