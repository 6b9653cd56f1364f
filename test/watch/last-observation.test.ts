import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ledgerOf } from '../../src/books/ledger.ts';
import { bytes } from '../../src/model/units.ts';
import { observationOf } from '../../src/watch/last-observation.ts';
import { pastOf } from '../causes/pasts.ts';
import { emptySnapshot, fullBook, fullSnapshot } from '../serve/metrics/states.ts';

const mib = 1024 ** 2;

test('what is kept of a process holds its peaks, which the last look does not: it may have been right after them', () => {
  const past = pastOf({ unreclaimable: [70 * mib, 440 * mib, 66 * mib], not_go: [10 * mib, 380 * mib, 11 * mib] });
  const sight = observationOf(ledgerOf(fullSnapshot, fullBook), past);

  assert.deepEqual([sight?.pid, sight?.usage, sight?.limit], [4711, bytes(130023424), bytes(268435456)]);
  assert.deepEqual([sight?.unreclaimable, sight?.notGo], [bytes(440 * mib), bytes(380 * mib)]);
});

test('peaks that were not known are absent; without a process there is no sight', () => {
  assert.equal(observationOf(ledgerOf(fullSnapshot, fullBook), pastOf({}))?.notGo, undefined);
  assert.equal(observationOf(ledgerOf(emptySnapshot), pastOf({})), undefined);
});
