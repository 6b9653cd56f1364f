import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oomKillsIn, readOomKills } from '../../../src/kernel/host.ts';

test('the machine tells how often it killed for want of memory; a kernel that does not, and a text that is none, tell nothing', () => {
  assert.equal(oomKillsIn('pgmajfault 3\noom_kill 158\nnuma_pte_updates 0\n'), 158);
  assert.equal(oomKillsIn('nr_oom_kill 1\npgmajfault 3\n'), undefined);
  assert.equal(oomKillsIn('oom_kill -1\n'), undefined);
  assert.ok(Number.isInteger(readOomKills('/proc')));
  assert.equal(readOomKills('/nowhere'), undefined);
});
