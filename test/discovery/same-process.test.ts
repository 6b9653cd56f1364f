import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { judgePair } from '../../src/discovery/same-process.ts';
import { bytes } from '../../src/model/units.ts';

interface Recorded {
  readonly pairs: ReadonlyArray<{
    readonly name: string;
    readonly vmHwm: number;
    readonly maxRss: number;
    readonly startTicks?: number;
    readonly processStartTime?: number;
  }>;
}

const recorded: Recorded = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/process/pairs.json'), 'utf8'));
const bootTime = 1_795_405_787; // of the machine that they were recorded on
const identity = { pid: 12, startTicks: 1000, startTime: 1_700_000_000 };
const mebibyte = 1024 * 1024;

test('no recorded pair is refuted, and one with start times on both sides is confirmed', () => {
  for (const { name, vmHwm, maxRss, startTicks, processStartTime } of recorded.pairs) {
    const both = startTicks !== undefined && processStartTime !== undefined;
    const verdict = judgePair({
      identity: { pid: 12, startTicks: startTicks ?? 0, startTime: bootTime + (startTicks ?? 0) / 100 },
      vmHwm: bytes(vmHwm),
      maxRss: bytes(maxRss),
      processStartTime: both ? processStartTime : undefined,
      cpus: 2,
    });
    assert.deepEqual(verdict, { ok: true, value: both ? 'confirmed' : 'likely' }, name);
  }
});

test("syncthing's supervisor with its child's endpoint: only the owner of the port tells them apart here", () => {
  const supervisor = recorded.pairs.find(({ name }) => name.startsWith('syncthing'));
  assert.ok(supervisor);
  const evidence = { identity, vmHwm: bytes(supervisor.vmHwm), maxRss: bytes(supervisor.maxRss) };

  assert.ok(judgePair(evidence).ok);
  const verdict = judgePair({ ...evidence, port: { number: 8384, owners: [13] } });
  assert.ok(!verdict.ok && verdict.reason === 'mismatch');
  assert.match(verdict.detail, /port 8384 belongs to process 13, not to process 12: point process and go of this target/);
});

test('a peak above what the endpoint ever held refutes, with both numbers', () => {
  const verdict = judgePair({ identity, vmHwm: bytes(300 * mebibyte), maxRss: bytes(100 * mebibyte) });
  assert.ok(!verdict.ok && verdict.reason === 'mismatch');
  assert.match(verdict.detail, /300 MiB.*100 MiB/);

  assert.ok(judgePair({ identity, vmHwm: bytes(102 * mebibyte), maxRss: bytes(100 * mebibyte) }).ok);
  assert.ok(!judgePair({ identity, vmHwm: bytes(103 * mebibyte), maxRss: bytes(100 * mebibyte) }).ok);
  assert.ok(judgePair({ identity, vmHwm: bytes(1010 * mebibyte), maxRss: bytes(1000 * mebibyte) }).ok);
});

test('a runtime that has more address space than the process has mapped is of another one, with both numbers', () => {
  const verdict = judgePair({ identity, sys: bytes(2 ** 50), vmSize: bytes(1240 * mebibyte) });
  assert.ok(!verdict.ok && verdict.reason === 'mismatch');
  assert.match(verdict.detail, /^process 12 has mapped 1.21 GiB \(VmSize\), the endpoint's Go runtime has 1.00 PiB/);

  assert.ok(judgePair({ identity, sys: bytes(1240 * mebibyte), vmSize: bytes(1240 * mebibyte) }).ok);
  assert.ok(judgePair({ identity, sys: bytes(2 ** 50) }).ok);
});

test('MaxRSS survives exec, so one far above the peak says nothing', () => {
  assert.ok(judgePair({ identity, vmHwm: bytes(8 * mebibyte), maxRss: bytes(652 * mebibyte) }).ok);
});

test('many processors may hold back more of MaxRSS', () => {
  assert.ok(judgePair({ identity, vmHwm: bytes(130 * mebibyte), maxRss: bytes(100 * mebibyte), cpus: 64 }).ok);
});

test('start times more than 5 s apart refute, the same to the tick confirm, between the two they say nothing', () => {
  const at = (seconds: number) => judgePair({ identity, processStartTime: identity.startTime + seconds });

  assert.ok(!at(6).ok && !at(-6).ok);
  assert.deepEqual(at(0.01), { ok: true, value: 'confirmed' });
  assert.deepEqual(at(4), { ok: true, value: 'likely' });
  assert.ok(!at(Number.MAX_VALUE).ok);
});

test("a proxy that owns the port does not refute a confirmed pair, and any owner of the target's own pid is fine", () => {
  const port = { number: 8443, owners: [77] };

  assert.ok(judgePair({ identity, processStartTime: identity.startTime, port }).ok);
  assert.ok(!judgePair({ identity, processStartTime: identity.startTime + 1, port }).ok);
  assert.ok(judgePair({ identity, port: { number: 1, owners: [77, 12] } }).ok, 'both hold one socket');
  assert.ok(judgePair({ identity, port: { number: 1, owners: [] } }).ok);
});

test('a port that another one shares is refused, unless the start times are the same to the tick', () => {
  const port = { number: 6060, owners: [12, 77], isShared: true };
  const verdict = judgePair({ identity, port });
  assert.ok(!verdict.ok && verdict.reason === 'mismatch');
  assert.match(verdict.detail, /^port 6060 is shared \(SO_REUSEPORT\) by process 12 and process 77, and either may answer/);
  const unseen = judgePair({ identity, port: { ...port, owners: [12] } });
  assert.match(unseen.ok ? '' : unseen.detail, /process 12 and another one that memgap may not read/);
  assert.ok(judgePair({ identity, processStartTime: identity.startTime, port }).ok);
});
