import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPhaseRecorder } from '../../../src/cli/loadtest/recorder.ts';
import { found, missing } from '../../../src/model/reading.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import { memStatsWith, snapshotWith } from '../../snapshots.ts';

const never = new AbortController().signal;
const identity = { pid: 7, startTicks: 100, startTime: 1 };

/** A recorder whose n-th look sees this. */
function recorderOf(see: (look: number) => Partial<Snapshot>, stop: AbortSignal = never) {
  let looks = 0;
  const asked: Array<number | undefined> = [];
  const poll = async (only: { readonly pid: number } | undefined) => {
    asked.push(only?.pid);
    looks += 1;
    return { snapshot: snapshotWith(see(looks)), mapped: missing('denied', 'smaps: EACCES'), failures: [] };
  };
  const collect = async () => found(undefined);
  return { recorder: createPhaseRecorder({ poll, collect, stop }), asked };
}

test('why something is not known is noted once, with whatever numbers; who was seen first is looked at from then on', async () => {
  const go = found({ memstats: memStatsWith() });
  const seen = (look: number) => ({ go, process: found(identity), status: missing('denied', `${look} processes can't be listed`) });
  const { recorder, asked } = recorderOf(seen);

  await recorder.record('idle', 0, AbortSignal.abort(), true);
  await recorder.record('after', 1, AbortSignal.abort(), true);

  assert.equal(recorder.phases.length, 2);
  assert.equal(recorder.notes.length, 1);
  assert.match(recorder.notes[0] ?? '', /^RSS is not known: \d processes can't be listed$/);
  assert.deepEqual([...new Set(asked)], [undefined, 7]);
});

test('floors that were not waited for, because the test was stopped, are not recorded', async () => {
  const { recorder } = recorderOf(() => ({ go: found({ memstats: memStatsWith() }) }), AbortSignal.abort());

  await recorder.record('after', 1, AbortSignal.abort(), true);
  await recorder.record('load', 2, AbortSignal.abort(), false);

  assert.deepEqual(
    recorder.phases.map(({ name }) => name),
    ['load'],
  );
  assert.deepEqual(recorder.notes, []);
});

test('after a failure the target is looked for once more, and then for another one in its place', async () => {
  const gone = missing('gone', 'process 7 is not there');
  const next = found({ pid: 9, startTicks: 500, startTime: 5 });
  const { recorder, asked } = recorderOf((look) => ({ process: look === 1 ? found(identity) : look <= 3 ? gone : next }));

  await recorder.record('load', 1, AbortSignal.abort(), false);
  assert.equal(recorder.problem(), undefined);
  await recorder.look();

  assert.equal(recorder.problem(), 'the target was restarted: the process 7 has ended, 9 is in its place');
  assert.deepEqual(asked, [undefined, 7, undefined, undefined]);
});
