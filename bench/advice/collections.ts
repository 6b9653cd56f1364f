import { timedGet } from '../http.ts';

/** What the collector of a Go program cost until its last collection. */
export interface Collections {
  readonly count: number;
  /** Of processor time. */
  readonly seconds: number;
}

/**
 * From runtime.MemStats at the end of a heap profile: GCCPUFraction is the share of the processor time that GOMAXPROCS could have given
 * since the program started, as of the last collection (runtime/mstats.go).
 */
export async function collectionsOf(pprof: string, startedAt: number, processors: number): Promise<Collections> {
  const { body } = await timedGet(`${pprof}/heap?debug=1`); // caddy refuses what fetch() sends along
  return parseCollections(body.toString(), startedAt, processors);
}

/** The same from the text of the profile. */
export function parseCollections(text: string, startedAt: number, processors: number): Collections {
  const field = (name: string) => Number(new RegExp(`^# ${name} = (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  const last = field('LastGC') / 1e9;
  const lived = last > startedAt ? last - startedAt : 0;
  return { count: field('NumGC'), seconds: field('GCCPUFraction') * processors * lived };
}
