import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Installation } from './memgap.ts';
import { root } from './variants.ts';

/** The commit that costs are held against: memgap as it was before its start, its pages and its memory were worked on. */
export const baselineCommit = '6888ee7';

/**
 * Builds that commit in a folder of its own, with this checkout's packages; `remove` it at the end. Throws where the history does not reach
 * so far back.
 */
export function installBaseline(): Installation {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-baseline-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const files = execFileSync('git', ['archive', baselineCommit], { cwd: root, maxBuffer: 2 ** 30 });
    execFileSync('tar', ['-x', '-C', folder], { input: files });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const env = { ...process.env, MEMGAP_REVISION: baselineCommit };
    execFileSync(process.execPath, [join(folder, 'scripts/build.mjs')], { cwd: folder, env, stdio: 'ignore' });
  } catch (error) {
    remove();
    throw error;
  }
  return { folder, remove };
}
