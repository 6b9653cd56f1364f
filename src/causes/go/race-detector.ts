import { found } from '../../model/reading.ts';
import { bytes, formatBytes } from '../../model/units.ts';
import { type Cause, inactive, isLarge, size } from '../engine/cause.ts';

/** A build with `-race` in production (golang/go#37233): its shadow is no leak, and no setting of malloc's or Go's makes it less. */
export const raceDetector: Cause = {
  name: 'race_detector',
  title: "the race detector's shadow",
  claims: ['rss:native_mmap'],
  judge({ ledger: { mapped, snapshot } }) {
    if (!snapshot.build.ok) return snapshot.build;
    if (snapshot.build.value.race !== true) return inactive;
    if (!mapped.ok) return mapped;
    const { raceShadow = bytes(0), total } = mapped.value.value;
    if (!isLarge(raceShadow, total)) return inactive;
    return found({
      bytes: raceShadow,
      evidence: [size('shadow', raceShadow, 'smaps, at 0x200000000000 and up; build info -race=true')],
      summary: `${formatBytes(raceShadow)} is the shadow of the race detector, which takes two bytes and more for each byte that the heap ever had, and keeps them.`,
      next: 'build without -race: it is for tests',
    });
  },
};
