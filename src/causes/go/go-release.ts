import type { Ledger } from '../../books/ledger.ts';
import { type GoVersion, parseGoVersion } from '../../model/go-layouts.ts';
import { found, missing, type Reading } from '../../model/reading.ts';

/** As the runtime or the executable tells it; a gap where neither does, or it is no release (`devel`). */
export function goReleaseOf({ snapshot: { go, build } }: Ledger): Reading<GoVersion> {
  const told = (go.ok ? go.value.goVersion : undefined) ?? (build.ok ? build.value.goVersion : undefined);
  if (told === undefined) return build.ok ? missing('unsupported', 'no source tells the Go version') : build;
  const version = parseGoVersion(told);
  return version === undefined ? missing('unsupported', 'the program was built with no release of Go') : found(version);
}
