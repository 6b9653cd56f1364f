import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { missesOf } from '../../bench/advice/conditions.ts';
import { setHere, subjects } from '../../bench/advice/here.ts';
import { judgeAdvice } from '../../bench/advice/judge-advice.ts';
import { plans } from '../../bench/advice/measure.ts';
import { measureAll } from '../../bench/advice/measure-all.ts';
import type { Measured } from '../../bench/advice/measured.ts';

// The short form of `make advice`: six programs, one start without a limit, one with each size that memgap gives by a look and by ten
// polls. Whether a size is more than need be is judged in the long form alone.

/**
 * Of each kind that an advised size has killed or starved: files in use, what runs beside the program, locked files, peaks that are over,
 * goals of the collector.
 */
const names = ['hot-file', 'exec-probe', 'locked-file', 'native-peak', 'large-goal', 'prometheus'];

function impossible(): string | undefined {
  if (process.getuid?.() !== 0) return 'root is needed to make cgroups';
  if (!existsSync('/sys/fs/cgroup/memory/memory.limit_in_bytes')) return 'the memory controller of cgroup v1 is not mounted';
  return undefined;
}

test('six programs live with the sizes that memgap advises', async (t) => {
  const why = impossible();
  if (why !== undefined) return t.skip(why);
  const here = setHere();
  if (!here.ok) return t.skip(here.detail);
  const wanted = subjects.filter(({ name }) => names.includes(name));
  assert.equal(wanted.length, names.length);
  const all: Measured[] = [];
  const setting = { ...here.value, plan: plans.short, say: (text: string) => t.diagnostic(text) };

  const failures = await measureAll(wanted, setting, (measured) => all.push(measured));

  const missing = failures.filter((failure) => / is not in the cache, run: /.test(failure));
  for (const failure of missing) t.diagnostic(failure);
  assert.deepEqual(
    failures.filter((failure) => !missing.includes(failure)),
    [],
  );
  for (const each of all) {
    assert.deepEqual(missesOf(each.free, each.bounds), [], `${each.name}: the bounds hold without a limit`);
  }
  assert.deepEqual(all.flatMap(judgeAdvice), []);
});
