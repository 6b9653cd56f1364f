import type { Ledger } from '../../books/ledger.ts';
import type { GoLimit } from '../../model/go.ts';
import { type GoVersion, parseGoVersion } from '../../model/go-layouts.ts';
import { found, known, mapReading, missing, type Reading } from '../../model/reading.ts';
import type { Bytes } from '../../model/units.ts';

/** A setting of the runtime, and who told it: the runtime as it is now, or the environment that the program was started with. */
export interface Setting<T> {
  readonly value: GoLimit<T>;
  readonly source: 'runtime' | 'environment';
}

/** What a person must know of a setting that is told by the environment. */
export const ofEnvironment = 'of the environment; debug.SetMemoryLimit would not show';

const sinceMinor = 19; // Go 1.19 brought GOMEMLIMIT: an older one does not heed it

/** GOMEMLIMIT. That it is not in the environment does not say that it is off: a program can set it (automemlimit does). */
export function memoryLimitOf(ledger: Ledger): Reading<Setting<Bytes>> {
  const { go, environment } = ledger.snapshot;
  if (!go.ok) return go;
  if (go.value.memoryLimit !== undefined) return found({ value: go.value.memoryLimit, source: 'runtime' });
  if (!environment.ok) return environment;
  if ((known(goReleaseOf(ledger))?.minor ?? sinceMinor) < sinceMinor) return found({ value: 'off', source: 'runtime' });
  const { memoryLimit } = environment.value;
  if (memoryLimit === undefined) return missing('malformed', 'the environment has a GOMEMLIMIT that Go does not start with');
  return memoryLimit === 'off' ? notSetInEnvironment : found({ value: memoryLimit, source: 'environment' });
}

const notSetInEnvironment = missing(
  'disabled',
  'no GOMEMLIMIT is in the environment, and whether the program sets one is told by go_gc_gomemlimit_bytes (client_golang) or --process.memory-reads',
);

/** GOGC as a ratio: 1 for GOGC=100. */
export function gogcOf({ snapshot: { go, environment } }: Ledger): Reading<Setting<number>> {
  if (!go.ok) return go;
  if (go.value.gogc !== undefined) return found({ value: go.value.gogc, source: 'runtime' });
  return mapReading(environment, ({ gogc }) => ({ value: gogc, source: 'environment' }));
}

/** As the runtime or the executable tells it; a gap where neither does, or it is no release (`devel`). */
export function goReleaseOf({ snapshot: { go, build } }: Ledger): Reading<GoVersion> {
  const text = (go.ok ? go.value.goVersion : undefined) ?? (build.ok ? build.value.goVersion : undefined);
  if (text === undefined) return build.ok ? missing('unsupported', 'no source tells the Go version') : build;
  const version = parseGoVersion(text);
  return version === undefined ? missing('unsupported', 'the program was built with no release of Go') : found(version);
}
