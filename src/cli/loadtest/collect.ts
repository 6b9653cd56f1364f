import { withDeadline } from '../../deadline.ts';
import { collectGarbage } from '../../goruntime/endpoints/collect.ts';
import type { Reading } from '../../model/reading.ts';
import type { Endpoint } from '../../model/target.ts';

/** Has the target collect its garbage, for at most so many milliseconds, or until `stop` aborts. */
export function collectWithin(milliseconds: number, pprof: Endpoint, stop: AbortSignal): Promise<Reading<unknown>> {
  return withDeadline(milliseconds, [stop], (signal) => collectGarbage(pprof, signal));
}
