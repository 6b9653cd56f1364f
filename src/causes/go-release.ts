import type { Ledger } from '../ledger/ledger.ts';
import { found, missing, type Reading } from '../reading.ts';

/** The release of Go that a program was built with: 1.24.4 is minor 24, patch 4. */
export interface GoRelease {
  readonly text: string;
  readonly minor: number;
  readonly patch: number;
}

/** As the runtime or the executable tells it; a gap where neither does, or it is no release (`devel`). */
export function goReleaseOf({ snapshot: { go, build } }: Ledger): Reading<GoRelease> {
  const told = (go.ok ? go.value.goVersion : undefined) ?? (build.ok ? build.value.goVersion : undefined);
  if (told === undefined) return build.ok ? missing('unsupported', 'no source tells the Go version') : build;
  const [text, minor, patch = 0] = /^go1\.(\d+)(?:\.(\d+))?/.exec(told) ?? [];
  if (text === undefined) return missing('unsupported', 'the program was built with no release of Go');
  return found({ text, minor: Number(minor), patch: Number(patch) });
}
