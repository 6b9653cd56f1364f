import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type GoVersion, goLayouts, parseGoVersion } from '../../src/model/go-layouts.ts';
import { factsOf, type GoFacts } from './facts.ts';

const root = join(import.meta.dirname, '../..');

/** The names that src/model/go-layouts.ts is about, in any release. */
export const factNames: readonly string[] = [...new Set(goLayouts.flatMap((layout) => Object.keys(factsOf(layout))))];

/**
 * What a program says of its runtime, by its debug information, which it must not have been stripped of. Needs the Go of the cache; writes
 * into the cache alone.
 */
export function readProgram(program: string, cache: string): { readonly version: GoVersion; readonly facts: GoFacts } {
  const env = {
    PATH: process.env.PATH ?? '',
    ...{ HOME: join(cache, 'go/home'), XDG_CONFIG_HOME: join(cache, 'go/home'), GOPATH: join(cache, 'go') },
    ...{ GOCACHE: join(cache, 'go/build-go-newest'), GOENV: 'off', GOTOOLCHAIN: 'local', GOPROXY: 'off', CGO_ENABLED: '0' },
  };
  const go = join(cache, 'debian/go-newest/goroot/bin/go');
  const reader = join(root, 'scripts/go-layouts/main.go');
  const lines = execFileSync(go, ['run', reader, program, ...factNames], { env, encoding: 'utf8' })
    .trim()
    .split('\n');
  const [[, release = ''] = [], ...facts] = lines.map((line) => line.split(' '));
  const version = parseGoVersion(release);
  if (version === undefined) throw new Error(`${program}: built with ${release}, which is no release of Go`);
  return { version, facts: Object.fromEntries(facts.map(([name = '', value]) => [name, Number(value)])) };
}
