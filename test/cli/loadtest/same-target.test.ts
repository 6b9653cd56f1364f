import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSameTarget } from '../../../src/cli/loadtest/same-target.ts';
import type { GoNumbers } from '../../../src/model/go.ts';
import { found, missing } from '../../../src/model/reading.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import { memStatsWith, snapshotWith } from '../../snapshots.ts';

const gone = missing('gone', 'process 7 is not there');

function process(pid: number, startTicks: number): Snapshot['process'] {
  return found({ pid, startTicks, startTime: startTicks / 100 });
}

function go(numGc: number, more: Partial<GoNumbers> = {}): Snapshot['go'] {
  return found({ memstats: memStatsWith({ numGc }), ...more });
}

function fateAfter(...snapshots: ReadonlyArray<Partial<Snapshot>>): string | undefined {
  const target = createSameTarget();
  for (const each of snapshots) target.see(snapshotWith(each));
  return target.fate?.words;
}

test('another process in its place is a restart, also one that was given its pid', () => {
  assert.equal(
    fateAfter({ process: process(7, 100) }, { process: process(9, 500) }),
    'the target was restarted: the process 7 has ended, 9 is in its place',
  );
  assert.match(fateAfter({ process: process(7, 100) }, { process: process(7, 500) }) ?? '', /was restarted/);
});

test('a process that is not there is gone; one that could not be looked for is not', () => {
  assert.equal(fateAfter({ process: process(7, 100) }, { process: gone }), 'the target is gone: the process 7 has ended');
  for (const reason of ['timeout', 'denied', 'mismatch'] as const) {
    assert.equal(fateAfter({ process: process(7, 100) }, { process: missing(reason, 'no answer') }), undefined);
  }
  assert.equal(fateAfter({ process: gone }, { process: process(7, 100) }), undefined, 'nobody was seen before');
});

test('where no process is told, and after an exec, the runtime tells a restart', () => {
  assert.equal(fateAfter({ go: go(40) }, { go: go(40) }, { go: gone }, { go: go(41) }), undefined);
  assert.equal(
    fateAfter({ go: go(40) }, { go: gone }, { go: go(3) }),
    'the target was restarted: its runtime counts 3 collections, and counted 40 before',
  );
  assert.match(fateAfter({ process: process(7, 100), go: go(40) }, { process: process(7, 100), go: go(3) }) ?? '', /was restarted/);
  const started = (processStartTime: number) => ({ go: go(3, { processStartTime }) });
  assert.equal(fateAfter(started(1000), started(1000.9)), undefined);
  assert.equal(fateAfter(started(1000), started(1060)), 'the target was restarted: it started 60 s later than the one before');
});

test('what is in the place of one that is gone names the restart; nobody leaves it gone', () => {
  const target = createSameTarget();
  const fate = () => target.fate;
  target.see(snapshotWith({ process: process(7, 100) }));
  target.seeSuccessor(snapshotWith({ process: process(9, 500) }));
  assert.equal(fate(), undefined, 'it is not gone');
  target.see(snapshotWith({ process: gone }));
  target.seeSuccessor(snapshotWith({ process: missing('not-found', 'nobody listens') }));
  assert.equal(fate()?.kind, 'gone');

  target.seeSuccessor(snapshotWith({ process: gone, go: go(1) }));

  assert.equal(fate()?.words, 'the target was restarted: the process 7 has ended, and another one answers at its address');
});
