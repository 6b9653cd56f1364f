import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Subject, withSubject } from '../../acceptance/causes/subject.ts';
import { locateLab } from '../programs.ts';
import { carryOut, mib, rssFell, rssOf } from './carry-out.ts';
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
      // what comes by itself every two minutes, with GOGC=100; its goal is that of the collection before (gcPaceScavenger in
      // runtime/mgcscavenge.go)
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
      const path = locateLab('go-newest-pure');
      if (path.ok) await withSubject(path.value, {}, (subject) => make(subject, 16));
    },
    helped: () => assert.ok((peaks[1] ?? Number.NaN) < 0.5 * (peaks[0] ?? Number.NaN), `VmHWM ${peaks.join(' kB, then ')} kB`),
    stays: true, // of the process that had the peak
  });
});

for (const [what, set, gives] of [
  ['GOGC=100', { GOGC: '100' }, 96],
  ['a lower GOMEMLIMIT', { GOMEMLIMIT: '192MiB' }, 64],
] as const) {
  test(`go_gc_headroom: ${what} under GOGC=off`, (t) =>
    startAgain(t, {
      cause: 'go_gc_headroom',
      next: /^nothing; to trade CPU time for memory: GOGC=100, or a lower GOMEMLIMIT$/,
      lab: 'go-newest-pure',
      environment: { GOGC: 'off', GOMEMLIMIT: '512MiB' },
      make: async (subject) => {
        await garbage(subject);
        for (let count = 0; count < 8; count += 1) await shape('garbage', 16)(subject);
      },
      set,
      gives: gives * mib,
    }));
}

test('go_gc_headroom: nothing, for it does not grow beyond', (t) =>
  carryOut(t, {
    cause: 'go_gc_headroom',
    next: /^nothing; /,
    make: garbage,
    remedy: inPieces(64, shape('garbage', 16)), // 1 GiB, and what lives with it is 256 MiB at the goal
    stays: true,
    helped: (before, after) => {
      const goal = before.ledger.snapshot.go.ok ? (before.ledger.snapshot.go.value.memstats.nextGc ?? Number.NaN) : Number.NaN;
      assert.ok(rssOf(after) < 1.25 * goal, `${rssOf(before)}, then ${rssOf(after)}; NextGC ${goal}`);
    },
  }));

test('go_reserved: nothing, for the next load uses it again', (t) =>
  carryOut(t, {
    cause: 'go_reserved',
    next: /^nothing: it is reused or given back; .* Compare a second load \(memgap loadtest\)$/,
    make: leak('dropped-heap'),
    remedy: leak('dropped-heap'),
    stays: true,
    helped: (before, after) => assert.ok(rssOf(after) < rssOf(before) + 8 * mib, `${rssOf(before)}, then ${rssOf(after)}`),
  }));

test('go_untouched: nothing, and RSS grows by it at most', (t) =>
  carryOut(t, {
    cause: 'go_untouched',
    next: /^nothing: it becomes memory when it is written to; expect RSS to grow by it at most$/,
    make: shape('untouched'),
    remedy: shape('touched'),
    helped: (before, after) => {
      const grown = rssOf(after) - rssOf(before);
      assert.ok(grown > 120 * mib && grown < 136 * mib, `RSS grew by ${grown}`);
    },
  }));

test('go_metadata: a restart, and a lower peak', (t) => {
  const tables: number[] = [];
  const life = async (subject: Subject, peaks: readonly number[]) => {
    for (const size of peaks) await shape('peak', size)(subject);
    tables.push((await subject.json('/tables')).bytes ?? Number.NaN);
  };
  return carryOut(t, {
    cause: 'go_metadata',
    next: /^nothing: no call gives them back, only a restart does; a lower peak keeps them small$/,
    make: async (subject) => {
      await shape('peak', 256)(subject);
      await leak('mmap', 256)(subject); // or all of it would be a peak that is over
      await free(subject); // no call gives them back
      await life(subject, []);
    },
    remedy: async () => {
      const path = locateLab('go-newest-pure');
      if (!path.ok) return;
      await withSubject(path.value, {}, (subject) => life(subject, []));
      await withSubject(path.value, {}, (subject) =>
        life(
          subject,
          Array.from({ length: 16 }, () => 16),
        ),
      );
    },
    helped: () => {
      const [large = 0, again = Number.NaN, small = Number.NaN] = tables;
      t.diagnostic(`tables: ${tables.join(', ')} bytes`);
      assert.ok(again < 0.5 * large && small < 0.6 * large, tables.join());
    },
    stays: true, // of the process that had the peak
  });
});

/** Four loads that come back to the same floor, five minutes between the polls by the clock that memgap sees. */
const loads = (count: number) => async (subject: Subject) => {
  for (let load = 0; load < count; load += 1) {
    await leak('dropped-heap', 96)(subject);
    for (let poll = 0; poll < 4; poll += 1) await subject.look(300);
    await free(subject);
    for (let poll = 0; poll < 6; poll += 1) await subject.look(300);
  }
};

test('not_a_leak_plateau: nothing', (t) =>
  carryOut(t, {
    cause: 'not_a_leak_plateau',
    next: /^nothing$/,
    make: async (subject) => {
      for (let poll = 0; poll < 12; poll += 1) await subject.look(300);
      await subject.lab.ask('/grow?mib=64');
      await loads(4)(subject);
    },
    remedy: loads(3),
    stays: true,
    helped: (before, after) => assert.ok(rssOf(after) < rssOf(before) + 8 * mib, `${rssOf(before)}, then ${rssOf(after)}`),
  }));
