import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, type Missing, missing } from '../../src/model/reading.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { bytes } from '../../src/model/units.ts';
import type { Poll } from '../../src/poll/poll.ts';
import { createRecord } from '../../src/watch/record.ts';
import { cgroupStatWith, memStatsWith, snapshotWith } from '../snapshots.ts';

const go = found({ memstats: memStatsWith() });
const forever = Number.POSITIVE_INFINITY;
const unwalked = missing('disabled', 'not part of this test');

function poll(known: Partial<Snapshot>, ...failures: readonly (readonly [string, Missing])[]): Poll {
  return { snapshot: snapshotWith(known), mapped: unwalked, failures: failures.map(([source, reason]) => ({ source, reason })) };
}

function process(pid: number, startTicks: number, program?: string) {
  return found({ pid, startTicks, startTime: 1_700_000_000 + startTicks / 100, ...(program === undefined ? {} : { program }) });
}

test('a target is waited for in its first minute, and up with the first answer', () => {
  const record = createRecord('operator', 100);
  assert.equal(record.state(100, 45).condition, 'waiting');
  assert.deepEqual(record.accept(poll({}, ['expvar', 'unreachable'], ['process', 'not-found'], ['stat', 'gone']), 115), []);
  assert.equal(record.state(115, 45).condition, 'waiting');
  assert.equal(record.state(115, 45).errors.size, 0, 'not there yet is no error');

  assert.deepEqual(record.accept(poll({ go }), 130), ['up']);
  assert.equal(record.state(130, 45).condition, 'up');
  assert.deepEqual(record.accept(poll({ go }), 145), [], 'told once');
});

test('what can be told apart from "not there yet" counts in the first minute too', () => {
  const record = createRecord('operator', 100);
  record.accept(poll({}, ['expvar', 'unauthorized'], ['status', 'denied'], ['metrics', 'unreachable']), 101);
  assert.deepEqual(
    [...record.state(101, 45).errors],
    [
      ['expvar', new Map([['unauthorized', 1]])],
      ['status', new Map([['denied', 1]])],
    ],
  );
});

test('a state that was handed out stays what it was, whatever polls come after', () => {
  const record = createRecord('operator', 0);
  record.accept(poll({}, ['status', 'denied']), 100);
  const { errors } = record.state(100, 45);
  record.accept(poll({}, ['status', 'denied'], ['cgroup', 'denied']), 115);
  assert.deepEqual([...errors], [['status', new Map([['denied', 1]])]]);
  assert.deepEqual([...record.state(115, 45).errors.keys()], ['status', 'cgroup']);
});

test('after the first minute a target that never came is down, and its errors count, by source and reason', () => {
  const record = createRecord('operator', 100);
  for (const at of [159, 160, 175]) record.accept(poll({}, ['expvar', 'unreachable'], ['expvar', 'timeout'], ['process', 'not-found']), at);
  const { condition, errors } = record.state(175, 45);
  assert.equal(condition, 'down');
  assert.deepEqual(
    [...errors],
    [
      [
        'expvar',
        new Map([
          ['timeout', 3],
          ['unreachable', 2],
        ]),
      ],
      ['process', new Map([['not-found', 2]])],
    ],
  );
});

test('a target that was up and goes is down at once, even in its first minute; the ledger of the gap shows why', () => {
  const record = createRecord('operator', 100);
  record.accept(poll({ go }), 100);
  assert.deepEqual(record.accept(poll({ go: missing('unreachable', 'nobody listens there') }), 115), ['down']);
  const { condition, ledger } = record.state(115, 45);
  assert.equal(condition, 'down');
  assert.equal(ledger?.go.ok === false && ledger.go.detail, 'nobody listens there');
  assert.deepEqual(record.accept(poll({ go }), 130), ['up']);
});

test('a restart is a pid or a start time that changed, and starts a new history', () => {
  const record = createRecord('operator', 0);
  assert.deepEqual(record.accept(poll({ go, process: process(7, 100) }), 1000), ['up']);
  assert.deepEqual(record.accept(poll({ go, process: process(7, 100) }), 1015), []);
  assert.equal(record.state(1015, 45).past?.polls, 2);

  assert.deepEqual(record.accept(poll({ go, process: process(7, 101) }), 1030), ['restarted'], 'the same pid');
  assert.deepEqual(record.accept(poll({ process: missing('gone', 'exited') }), 1045), ['down']);
  assert.equal(record.state(1045, 45).restarts, 1, 'gone is no restart');
  assert.deepEqual(record.accept(poll({ go, process: process(8, 900) }), 1060), ['restarted', 'up']);

  const { restarts, past } = record.state(1060, 45);
  assert.equal(restarts, 2);
  assert.equal(past?.polls, 1);
});

test('the same process that was out of sight for a poll was not restarted', () => {
  const record = createRecord('operator', 0);
  record.accept(poll({ go, process: process(7, 100) }), 1000);
  record.accept(poll({ go, process: missing('denied', 'no') }), 1015);
  record.accept(poll({ go, process: process(7, 100) }), 1030);
  const { restarts, past } = record.state(1030, 45);
  assert.equal(restarts, 0);
  assert.equal(past?.polls, 3);
});

test('without a process a restart is another start time of the runtime, and starts a new history', () => {
  const record = createRecord('operator', 0);
  const started = (processStartTime: number, numGc: number) => poll({ go: found({ memstats: memStatsWith({ numGc }), processStartTime }) });
  assert.deepEqual(record.accept(started(1_700_000_000.25, 12), 1000), ['up']);
  assert.deepEqual(record.accept(started(1_700_000_001.1, 13), 1015), [], 'the time of boot is told in whole seconds');
  assert.equal(record.state(1015, 45).past?.polls, 2);

  assert.deepEqual(record.accept(started(1_700_000_900, 14), 1030), ['restarted'], 'whatever its collections');
  const { restarts, past } = record.state(1030, 45);
  assert.equal(restarts, 1);
  assert.equal(past?.polls, 1);
});

test('without a start time too, collections that are counted from the beginning are a restart; also when another source told it', () => {
  const record = createRecord('operator', 0);
  const collected = (numGc: number | undefined, processStartTime?: number) =>
    record.accept(
      poll({ go: found({ memstats: memStatsWith({ numGc }), ...(processStartTime === undefined ? {} : { processStartTime }) }) }),
      1000,
    );
  assert.deepEqual(
    [collected(12), collected(12), collected(undefined), collected(13), collected(2), collected(3)],
    [['up'], [], [], [], ['restarted'], []],
  );
  assert.deepEqual([collected(4, 1_700_000_000), collected(3), collected(4, 1_700_000_600)], [[], ['restarted'], []], 'counted once');
  assert.equal(record.state(1000, 45).restarts, 2);
});

test('a restart that the runtime told while its process was out of sight is not counted again when that is seen', () => {
  const record = createRecord('operator', 0);
  const seen = (numGc: number, known: Partial<Snapshot>) =>
    record.accept(poll({ go: found({ memstats: memStatsWith({ numGc }) }), ...known }), 1000);
  assert.deepEqual(
    [
      seen(12, { process: process(7, 100) }),
      seen(13, { process: missing('denied', 'no') }),
      seen(1, { process: missing('gone', 'exited') }),
      seen(2, { process: process(8, 900) }),
      seen(3, { process: process(9, 990) }),
      seen(1, { process: process(9, 990) }),
    ],
    [['up'], [], ['restarted'], [], ['restarted'], []],
  );
});

test('another program in the same process is no restart and has a history of its own; one that can not be told is no other', () => {
  const record = createRecord('operator', 0);
  const programs = ['1 2 3', undefined, '1 2 3', '1 2 4'];
  const changes = programs.map((program, index) => record.accept(poll({ go, process: process(7, 100, program) }), 1000 + index));
  assert.deepEqual(changes, [['up'], [], [], ['replaced']]);
  const { restarts, past } = record.state(1003, 45);
  assert.equal(restarts, 0);
  assert.equal(past?.polls, 1);
});

test('a snapshot that is older than three intervals is dropped rather than repeated', () => {
  const record = createRecord('operator', 0);
  record.accept(poll({ go }, ['status', 'denied']), 1000);
  assert.equal(record.state(1045, 45).condition, 'up');
  assert.notEqual(record.state(1045, 45).ledger, undefined);

  const stale = record.state(1045.1, 45);
  assert.equal(stale.ledger, undefined);
  assert.equal(stale.condition, 'down');
  assert.equal(stale.errors.get('status')?.get('denied'), 1, 'the errors stay');
  assert.notEqual(record.state(1e6, forever).ledger, undefined);
});

test('the last that was seen of a process stays when it is gone, and when another one has taken its place', () => {
  const record = createRecord('operator', 0);
  const seen = (pid: number, takenAt: number) => poll({ go, process: process(pid, 100), takenAt });
  record.accept(seen(7, 1000), 1000);
  record.accept(seen(7, 1015), 1015);
  assert.equal(record.state(1015, 45).lastObservation, undefined, 'it is still there');

  record.accept(poll({ process: missing('gone', 'exited') }), 1030);
  const { lastObservation } = record.state(1030, 45);
  assert.equal(lastObservation?.pid, 7);
  assert.equal(lastObservation?.takenAt, 1015);
  assert.ok(go.ok && lastObservation?.used === go.value.memstats.sys - go.value.memstats.heapReleased);

  record.accept(seen(8, 1045), 1045);
  assert.deepEqual(record.state(1045, 45).lastObservation, lastObservation);
  record.accept(poll({ process: missing('gone', 'exited') }), 1060);
  assert.equal(record.state(1060, 45).lastObservation?.pid, 8);
});

test('one look without the container, as at a process that is being killed, does not replace one with it; a second does', () => {
  const record = createRecord('operator', 0);
  const seen = (takenAt: number, known: Partial<Snapshot> = {}) => poll({ ...known, go, process: process(7, 100), takenAt });
  const usage = bytes(100 * 1024 * 1024);
  const stat = cgroupStatWith({ anon: usage, file: bytes(0), shmem: bytes(0) });
  const level = { path: '/', usage, limit: undefined, high: undefined, stat };
  const numbers = { peak: undefined, swap: undefined, swapLimit: undefined, hierarchicalLimit: undefined };
  const cgroup = found({ version: 1 as const, via: 'root' as const, levels: [level] as const, usageBefore: usage, ...numbers });
  record.accept(seen(1000, { cgroup }), 1000);
  record.accept(seen(1015), 1015);
  record.accept(poll({ process: missing('gone', 'exited') }), 1030);
  assert.deepEqual([record.state(1030, 45).lastObservation?.takenAt, record.state(1030, 45).lastObservation?.usage], [1000, usage]);

  record.accept(seen(1045), 1045);
  record.accept(poll({ process: missing('gone', 'exited') }), 1060);
  assert.deepEqual([record.state(1060, 45).lastObservation?.takenAt, record.state(1060, 45).lastObservation?.usage], [1045, undefined]);
});
