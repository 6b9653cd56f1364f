import { budgets } from '../../budgets.ts';
import { parseElf, type ReadAt } from '../../kernel/executable/elf.ts';
import { type ExeHandle, withExe } from '../../kernel/executable/exe-file.ts';
import type { BuildInfo } from '../../model/go.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import { ptraceNeeds, type Source } from '../../model/source.ts';
import { findBlob, readTexts } from './build-info-blob.ts';

const maxSettings = budgets.buildSettings.maxLines;

/**
 * How the program was built, from the ELF file behind /proc/PID/exe: works stripped, as PIE, and after the file was replaced. Needs the
 * target's own uid and gid, or CAP_SYS_PTRACE, and Go 1.13. 3 to 4 kB are read.
 */
export const buildInfo = {
  name: 'build_info',
  without: {
    needs: ptraceNeeds.read,
    lost: 'Go version and module of the program, and whether C code is in it',
    families: ['memgap_target_info'],
  },
  read(process, signal) {
    return withExe(
      process,
      signal,
      ({ read }) => parseBuildInfo(read),
      ({ build }) => build,
    );
  },
} as const satisfies Source<ExeHandle, BuildInfo>;

/** Reads an executable's build info through `read`; `unsupported` for a program that is not Go's. */
export function parseBuildInfo(read: ReadAt): Reading<BuildInfo> {
  const elf = parseElf(read);
  if (!elf.ok) return elf;
  const blob = findBlob(elf.value, read);
  if (blob === undefined) return missing('unsupported', 'not a Go program: its executable has no Go build info');
  const texts = readTexts(elf.value, read, blob);
  return texts.ok ? fromTexts(texts.value.version, texts.value.modules) : texts;
}

/** The lines that matter: dependencies and their replacements are most of the text, and no step of ours is spent on them. */
const settingLine = /^(mod|build)\t([^\t\n]*)/gm;

/**
 * Pure: the lines of debug/buildinfo: `path`, `mod`, `dep`, `build`, their fields behind tabs. A key that is not told is absent. The text
 * is the executable's own, and so may be anything.
 */
export function fromTexts(goVersion: string, modules: string): Reading<BuildInfo> {
  const settings = new Map<string, string>();
  let mainModule: string | undefined;
  let lines = 0;
  for (const [, kind, field = ''] of modules.matchAll(settingLine)) {
    lines += 1;
    if (lines > maxSettings)
      return missing('too-large', `the Go build info has more than ${maxSettings} lines of settings: the go command writes some twenty`);
    if (kind === 'mod') mainModule = field;
    const equals = field.indexOf('=');
    if (kind === 'build' && equals > 0) settings.set(field.slice(0, equals), field.slice(equals + 1));
  }
  const cgo = settings.get('CGO_ENABLED');
  return found({
    goVersion,
    mainModule: mainModule === '' ? undefined : mainModule,
    goarch: settings.get('GOARCH'),
    cgo: cgo === '1' ? true : cgo === '0' ? false : undefined,
    race: settings.get('-race') === 'true',
    clientGo: modules.includes('\ndep\tk8s.io/client-go\t'),
    instrumented: ['-race', '-msan', '-asan'].some((flag) => settings.get(flag) === 'true'),
  });
}
