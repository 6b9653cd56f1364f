import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { socketsHeldBy } from '../../src/targets/open-files.ts';

/** A procfs with one process, whose open files are these links. */
function procfsOf(t: TestContext, links: readonly string[]): string {
  const procfs = mkdtempSync(join(tmpdir(), 'memgap-files-'));
  t.after(() => rmSync(procfs, { recursive: true }));
  mkdirSync(join(procfs, '7/fd'), { recursive: true });
  for (const [file, link] of links.entries()) symlinkSync(link, join(procfs, '7/fd', String(file)));
  return procfs;
}

test('all sockets that are asked for are found in one walk, which looks at so many files and no more', (t) => {
  const procfs = procfsOf(t, ['socket:[1]', '/dev/null', 'socket:[2]', 'socket:[3]']);
  const paths = { procfs, cgroupfs: '/none' };
  const wanted = new Set(['socket:[1]', 'socket:[3]', 'socket:[4]']);

  assert.deepEqual(socketsHeldBy(7, wanted, paths, 100), { ok: true, value: new Set(['socket:[1]', 'socket:[3]']) });
  const first = socketsHeldBy(7, new Set(['socket:[1]', 'socket:[2]', 'socket:[3]']), paths, 2);
  assert.ok(first.ok && first.value.size <= 2);
  assert.deepEqual(socketsHeldBy(7, wanted, paths, 0), { ok: true, value: new Set() });
  assert.ok(!socketsHeldBy(8, wanted, paths, 100).ok);
});
