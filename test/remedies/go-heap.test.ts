import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Subject } from '../../bench/causes/subject.ts';
import { carryOut, mib, rssFell } from './carry-out.ts';
import { startAgain } from './start-again.ts';

const leak =
  (name: string, size = 128) =>
  ({ json }: Subject) =>
    json(`/leak/${name}?mib=${size}`);
const shape =
  (name: string, size = 128) =>
  ({ json }: Subject) =>
    json(`/shape/${name}?mib=${size}`);
/** A piece is garbage when the next one is made. */
const inPieces = (pieces: number, make: (subject: Subject) => Promise<unknown>) => async (subject: Subject) => {
  for (let count = 0; count < pieces; count += 1) await make(subject);
};
const free = ({ lab }: Subject) => lab.ask('/free'); // debug.FreeOSMemory

test('go_reserved: debug.FreeOSMemory() after a load', (t) =>
  carryOut(t, {
    cause: 'go_reserved',
    next: /debug\.FreeOSMemory\(\) after a load/,
    make: leak('dropped-heap'),
    remedy: free,
    helped: rssFell,
  }));

test('go_reserved: debug.FreeOSMemory() under GOGC=off', (t) =>
  carryOut(t, {
    cause: 'go_reserved',
    next: /^debug\.FreeOSMemory\(\)/,
    environment: { GOGC: 'off', GOMEMLIMIT: '1GiB' },
    make: leak('dropped-heap'),
    remedy: free,
    helped: rssFell,
  }));

test('go_reserved: a lower GOMEMLIMIT under GOGC=off', (t) =>
  startAgain(t, {
    cause: 'go_reserved',
    next: /a lower GOMEMLIMIT/,
    lab: 'go-newest-pure',
    environment: { GOGC: 'off', GOMEMLIMIT: '1GiB' },
    make: leak('dropped-heap'),
    set: { GOMEMLIMIT: '64MiB' },
    gives: 64 * mib,
  }));

test('go_reserved: GOGC=100 instead of off', (t) =>
  startAgain(t, {
    cause: 'go_reserved',
    next: /GOGC=100/,
    lab: 'go-newest-pure',
    environment: { GOGC: 'off', GOMEMLIMIT: '1GiB' },
    make: leak('dropped-heap'),
    afterwards: async (subject) => {
      // what comes by itself every two minutes, with GOGC=100; its goal is that of the collection before (gcPaceScavenger in runtime/mgcscavenge.go)
      for (let count = 0; count < 2; count += 1) await subject.lab.ask('/gc');
      await sleep(10_000); // the background scavenger takes 1 % of the time (scavengePercent)
    },
    set: { GOGC: '100' },
    gives: 40 * mib,
  }));

for (const [what, set] of [
  ['a GOMEMLIMIT', { GOMEMLIMIT: '64MiB' }],
  ['GOGC=100', { GOGC: '100' }],
] as const) {
  test(`gogc_off: ${what}`, (t) =>
    startAgain(t, {
      cause: 'gogc_off',
      next: /GOMEMLIMIT .*; or GOGC=100/,
      lab: 'go-newest-pure',
      environment: { GOGC: 'off' },
      make: inPieces(8, shape('garbage', 32)),
      set,
      gives: 128 * mib,
    }));
}

/** 128 MiB that live, and as much garbage as their goal lets gather. */
async function garbage({ lab, json, look }: Subject): Promise<void> {
  await lab.ask('/grow?mib=128');
  for (let count = 0; count < 3; count += 1) {
    await lab.ask('/gc');
    await look();
  }
  for (let count = 0; count < 6; count += 1) await json('/shape/garbage?mib=16');
}

for (const [what, set] of [
  ['a GOGC below 100', { GOGC: '20' }],
  ['GOMEMLIMIT', { GOMEMLIMIT: '160MiB' }],
] as const) {
  test(`go_gc_headroom: ${what}`, (t) =>
    startAgain(t, {
      cause: 'go_gc_headroom',
      next: /GOMEMLIMIT, or a GOGC below 100/,
      lab: 'go-newest-pure',
      make: garbage,
      set,
      gives: 32 * mib,
    }));
}

test('go_startup_spike: load in pieces', (t) => {
  const peaks: number[] = [];
  const make = async (subject: Subject, pieces: number) => {
    for (let piece = 0; piece < pieces; piece += 1) await shape('peak', 256 / pieces)(subject);
    peaks.push(Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${subject.lab.pid}/status`, 'utf8'))?.[1]));
  };
  return carryOut(t, {
    cause: 'go_startup_spike',
    next: /load less at once at the start, or in pieces/,
    make: (subject) => make(subject, 1),
    remedy: async () => {
      const { withSubject } = await import('../../bench/causes/subject.ts');
      const { locateLab } = await import('../programs.ts');
      const path = locateLab('go-newest-pure');
      if (path.ok) await withSubject(path.value, {}, (subject) => make(subject, 16));
    },
    helped: () => assert.ok((peaks[1] ?? Number.NaN) < 0.5 * (peaks[0] ?? Number.NaN), `VmHWM ${peaks.join(' kB, then ')} kB`),
    stays: true, // of the process that had the peak
  });
});
