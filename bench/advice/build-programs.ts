import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { found, missing, type Reading } from '../../src/reading.ts';
import { root } from '../variants.ts';

const go = 'go-newest';

/** Builds the Go module of bench/advice/programs into `folder`, with cgo or without, or says why it can't. */
export function buildPrograms(folder: string, { cgo }: { readonly cgo: boolean }): Reading<string> {
  const cache = process.env.MEMGAP_CACHE ?? join(root, '.cache');
  const compiler = join(cache, 'debian', go, 'goroot/bin/go');
  if (!existsSync(compiler)) return missing('not-found', `${go} is not in the cache, run: make toolchain`);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, cgo ? 'programs-cgo' : 'programs');
  const { GOROOT, GOFLAGS, ...environment } = process.env;
  execFileSync(compiler, ['build', '-trimpath', '-buildvcs=false', '-o', path, '.'], {
    cwd: join(root, 'bench/advice/programs'),
    env: {
      ...environment,
      HOME: folder,
      GOENV: 'off',
      GOTOOLCHAIN: 'local',
      GOPROXY: 'off',
      GOPATH: join(folder, 'go'),
      GOCACHE: join(cache, 'go', `build-${go}`),
      CGO_ENABLED: cgo ? '1' : '0',
    },
  });
  return found(path);
}
