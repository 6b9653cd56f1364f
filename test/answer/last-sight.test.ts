import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastSeen } from '../../src/answer/notes.ts';
import { found } from '../../src/model/reading.ts';
import { bytes } from '../../src/model/units.ts';
import { snapshotWith } from '../snapshots.ts';

const mib = (count: number) => bytes(count * 1024 * 1024);
const sight = {
  pid: 7,
  startTime: 1_700_000_000,
  takenAt: 1_700_000_100,
  rss: mib(150),
  used: mib(120),
  usage: mib(190),
  limit: mib(200),
  headroom: mib(12),
  peak: mib(199),
  unreclaimable: mib(185),
  notGo: mib(60),
};
const sizes = 'container 190 MiB of 200 MiB, 12.0 MiB before an OOM kill, peak 199 MiB, RSS 150 MiB, used by Go 120 MiB';

test('of a process that was replaced: when it was last seen, how long before the next one, and how near it was to its limit', () => {
  const process = found({ pid: 9, startTicks: 1, startTime: 1_700_000_104 });
  assert.deepEqual(lastSeen(sight, snapshotWith({ process })), [
    `restarted: the process before this one, pid 7, was last seen 2023-11-14T22:15:00.000Z, 4s before this one started: ${sizes}`,
  ]);
});

test('of a process that is gone: how long ago', () => {
  assert.deepEqual(lastSeen(sight, snapshotWith({ takenAt: 1_700_000_190 })), [
    `pid 7 is not there now; it was last seen 2023-11-14T22:15:00.000Z, 1m30s ago: ${sizes}`,
  ]);
});

test('what was not known is left out, and without a previous process nothing is said', () => {
  const bare = { ...sight, rss: undefined, used: undefined, limit: undefined, headroom: undefined, peak: undefined };
  assert.match(lastSeen(bare, snapshotWith({}))[0] ?? '', /: container 190 MiB$/);
  assert.match(lastSeen({ ...bare, usage: undefined }, snapshotWith({}))[0] ?? '', /: its sizes were not known$/);
  assert.deepEqual(lastSeen(undefined, snapshotWith({})), []);
});
