import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventsV1, eventsV2 } from '../../../src/kernel/cgroup/events.ts';
import { parsePressure } from '../../../src/kernel/cgroup/pressure.ts';
import { made, recorded } from './groups.ts';

test('v2: recorded groups give their counters, an OOM kill among them', () => {
  assert.deepEqual(eventsV2(recorded('v2-6.12/oom')), { ok: true, value: { oom: 1, oomKill: 1, max: 24, high: 0 } });
  assert.deepEqual(eventsV2(recorded('v2-7.2/high')), { ok: true, value: { oom: 0, oomKill: 0, max: 0, high: 51 } });
});

test('v2: a key that this kernel does not have is absent, a text without any is malformed', () => {
  assert.deepEqual(eventsV2(made({ 'memory.events': 'max 3\n' })), {
    ok: true,
    value: { oom: undefined, oomKill: undefined, max: 3, high: undefined },
  });
  assert.equal(reasonOf(eventsV2(made({ 'memory.events': '<html>' }))), 'malformed');
  assert.equal(reasonOf(eventsV2(made({}))), 'gone');
});

test('v1: kills come from memory.oom_control, hits of the limit from memory.failcnt', () => {
  const reading = eventsV1(recorded('v1-6.18/oom'));
  assert.ok(reading.ok);
  assert.equal(reading.value.oomKill, 1);
  assert.ok((reading.value.max ?? 0) > 0);
  assert.equal(reading.value.oom, undefined);

  const old = eventsV1(made({ 'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\n' }));
  assert.deepEqual(old, { ok: true, value: { oom: undefined, oomKill: undefined, max: undefined, high: undefined } });
});

test('pressure totals come in seconds', () => {
  const text = recorded('v2-7.2/high')('memory.pressure');
  assert.ok(text.ok);
  assert.deepEqual(parsePressure(text.value), { ok: true, value: { waiting: 2.105293, stalled: 2.054439 } });
  assert.deepEqual(parsePressure('some avg10=0.00 total=7\n'), { ok: true, value: { waiting: 0.000007, stalled: undefined } });
  assert.equal(reasonOf(parsePressure('some total=x\n')), 'malformed');
  assert.equal(reasonOf(parsePressure('')), 'malformed');
});

function reasonOf(reading: { readonly ok: boolean; readonly reason?: string }): string | undefined {
  return reading.reason;
}
