import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { found, missing, type Reading } from '../src/model/reading.ts';
import { locate } from './programs.ts';

const source = join(dirname(fileURLToPath(import.meta.url)), 'preload/early.c');

/** A library to load before all others. */
export interface Preload {
  readonly path: string;
  /** Removes it. */
  remove(): void;
}

/** Compiles the library that maps EARLY_KIB before Go starts (preload/early.c); else a detail fit for `t.skip`. */
export function buildEarly(): Reading<Preload> {
  const own = locate('cc');
  const folder = mkdtempSync(join(tmpdir(), 'memgap-preload-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const path = join(folder, 'early.so');
  for (const compiler of [process.env.CC, 'gcc', 'cc', own.ok ? own.value : undefined]) {
    if (compiler === undefined || compiler === '') continue;
    if (spawnSync(compiler, ['-O1', '-shared', '-fPIC', '-o', path, source]).status === 0) return found({ path, remove });
  }
  remove();
  return missing('not-found', 'no C compiler makes a library: install gcc, or run: scripts/toolchain.sh cc');
}
