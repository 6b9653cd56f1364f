import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { found, missing, type Reading } from '../../src/model/reading.ts';
import { root } from '../variants.ts';

/** How the module of bench/advice/programs is built: as it is, with cgo, or with 60 MiB in its executable. */
export type Build = 'pure' | 'cgo' | 'embedded';

const go = 'go-newest';
const embeddedMib = 60;

/**
 * Builds it into `folder` with the Go of the cache, or says why it can't; a build that is there already is made anew if its sources changed
 * (Go's own cache tells).
 */
export function buildPrograms(cache: string, folder: string, build: Build): Reading<string> {
  const compiler = join(cache, 'debian', go, 'goroot/bin/go');
  if (!existsSync(compiler)) return missing('not-found', `${go} is not in the cache, run: make toolchain`);
  mkdirSync(folder, { recursive: true });
  const sources = join(root, 'bench/advice/programs');
  const path = join(folder, `programs-${build}`);
  const { GOROOT, GOFLAGS, ...environment } = process.env;
  const more = build === 'embedded' ? ['-tags', 'embedded', '-overlay', overlay(sources, folder)] : [];
  execFileSync(compiler, ['build', '-trimpath', '-buildvcs=false', ...more, '-o', path, '.'], {
    cwd: sources,
    env: {
      ...environment,
      HOME: folder,
      GOENV: 'off',
      GOTOOLCHAIN: 'local',
      GOPROXY: 'off',
      GOPATH: join(folder, 'go'),
      GOCACHE: join(cache, 'go', `build-${go}`),
      CGO_ENABLED: build === 'cgo' ? '1' : '0',
    },
  });
  return found(path);
}

/** Puts a file of random bytes beside the sources, without writing there. */
function overlay(sources: string, folder: string): string {
  const [blob, file] = [join(folder, 'blob.bin'), join(folder, 'overlay.json')];
  if (!existsSync(blob)) writeFileSync(blob, randomBytes(embeddedMib * 1024 ** 2));
  writeFileSync(file, JSON.stringify({ Replace: { [join(sources, 'blob.bin')]: blob } }));
  return file;
}
