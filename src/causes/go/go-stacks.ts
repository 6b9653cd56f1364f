import { growthIn } from '../../history/growth.ts';
import { found, missing } from '../../model/reading.ts';
import { formatBytes } from '../../model/units.ts';
import { type Cause, count, inactive, isLarge, size } from '../engine/cause.ts';

const deepBytes = 32 * 1024; // bytes each: a goroutine starts with 2 to 8 KiB
const minMoreGoroutines = 50; // goroutines more in a quarter of the time: fewer come and go with requests

/**
 * Stacks of goroutines: too many of them, or deep ones (golang/go#20010, #66564). That their number rises, or that each is deep, is said
 * and not asked for: goroutines that a burst left parked, or that were there before memgap came, are neither, and their stacks would be
 * nobody's bytes (16384 of 8 KiB are 128 MiB in the lab). Whether that is wrong is for a person to say, so without either the summary
 * accuses nobody.
 */
export const goStacks: Cause = {
  name: 'go_stacks',
  title: 'goroutine stacks',
  claims: ['go:stacks'],
  judge({ ledger: { rss, snapshot }, past }) {
    if (!snapshot.go.ok) return snapshot.go;
    if (!rss.ok) return rss;
    const { memstats } = snapshot.go.value;
    if (memstats.stacksHoldGcWork === true)
      return missing('unsupported', "this source does not tell stacks from the collector's work buffers");
    const stacks = memstats.stackInuse;
    if (!isLarge(stacks, rss.value.total)) return inactive;
    const goroutines = past.latest('goroutines');
    const growth = growthIn(past, 'goroutines', { smallest: minMoreGoroutines });
    const each = goroutines === undefined || goroutines === 0 ? undefined : stacks / goroutines;
    const many = goroutines === undefined ? 'goroutines' : `${goroutines} goroutines`;
    const rising =
      growth?.shape === 'line' ? `, ${Math.round(growth.perHour ?? 0)} more an hour in a line, which is a leak of goroutines` : '';
    const how = rising === '' && each !== undefined && each > deepBytes ? `, ${formatBytes(each)} each, which is deep` : rising;
    return found({
      bytes: stacks,
      evidence: [
        size('stacks', stacks, 'StackInuse'),
        count('goroutines', goroutines, 'goroutine profile count'),
        size('each', each && Math.round(each), 'StackInuse / goroutines'),
        count('more of them', growth && Math.round(growth.rise), 'floor of the last quarter - floor of the first'),
      ],
      summary: `Stacks of ${many} take ${formatBytes(stacks)}${how}.`,
      next: 'go tool pprof URL/debug/pprof/goroutine: where do they wait?',
    });
  },
};
