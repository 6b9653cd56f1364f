import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { environ } from '../../../src/kernel/process/environ.ts';
import { createSettingsScan } from '../../../src/kernel/process/environ-settings.ts';
import type { GoEnvironment } from '../../../src/model/go.ts';
import { found, type Reading } from '../../../src/model/reading.ts';
import { bytes } from '../../../src/model/units.ts';
import { parseGoMetrics } from '../../goruntime/endpoints/whole.ts';
import { madeProcess } from '../../poll/made-process.ts';
import { locateLab, startLab } from '../../programs.ts';

const paths = { procfs: '/proc', cgroupfs: '/sys/fs/cgroup' };

function settingsOf(entries: readonly string[], piece = Number.POSITIVE_INFINITY): GoEnvironment {
  const text = Buffer.from(entries.map((entry) => `${entry}\0`).join(''));
  const scan = createSettingsScan();
  for (let from = 0; from < text.length; from += piece) scan.push(text.subarray(from, from + piece));
  return scan.settings();
}

const unset = { memoryLimit: 'off', gogc: 1 } as const;

for (const [text, memoryLimit] of [
  ['209715200', 209_715_200],
  ['200MiB', 209_715_200],
  ['7B', 7],
  ['0', 0],
  ['3KiB', 3072],
  ['2GiB', 2 ** 31],
  ['1TiB', 2 ** 40],
  ['', 'off'],
  ['off', 'off'],
  ['9223372036854775807', 'off'],
  ['8388608TiB', undefined], // 2^63
  ['OFF', undefined],
  ['200MB', undefined],
  ['200 MiB', undefined],
  ['1.5GiB', undefined],
  ['-1', undefined],
  ['MiB', undefined],
  ['0x10', undefined],
  [`1${'0'.repeat(200)}`, undefined],
] as const) {
  test(`GOMEMLIMIT=${text} is ${memoryLimit ?? 'nothing that Go starts with'}`, () => {
    assert.deepEqual(settingsOf([`GOMEMLIMIT=${text}`]), { ...unset, memoryLimit });
  });
}

for (const [text, gogc] of [
  ['50', 0.5],
  ['off', 'off'],
  ['-1', 'off'],
  ['0', 0],
  ['-0', 0],
  ['', 1],
  ['many', 1],
  ['2147483648', 1], // not of 32 bits
  ['2147483647', 21_474_836.47],
] as const) {
  test(`GOGC=${text} is ${gogc}`, () => {
    assert.deepEqual(settingsOf([`GOGC=${text}`]), { ...unset, gogc });
  });
}

const { signal } = new AbortController();

test('the first of a name counts, and names that only begin or end alike do not', () => {
  const others = ['XGOGC=10', 'GOGCX=10', 'gogc=10', 'GOGC', 'GOMEMLIMIT', 'PASSWORD=GOGC=10', 'A=\nGOGC=10', ''];
  assert.deepEqual(settingsOf(others), unset);
  assert.deepEqual(settingsOf([...others, 'GOGC=20', 'GOGC=30', 'GOMEMLIMIT=1GiB', 'GOMEMLIMIT=off']), {
    memoryLimit: 2 ** 30,
    gogc: 0.2,
  });
  const open = createSettingsScan();
  open.push(Buffer.from('GOGC=20'));
  assert.deepEqual(open.settings(), unset, 'not ended yet: more of it may come');
});

test('whatever stands there, in whatever pieces it comes: the same, and nothing but two settings', () => {
  const entry = fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
    fc.constantFrom('GOGC=70', 'GOMEMLIMIT=90MiB', 'GOMEMLIMIT=', 'GOG', 'TOKEN=hunter2'),
  );
  fc.assert(
    fc.property(fc.array(entry), fc.integer({ min: 1, max: 40 }), (entries, piece) => {
      const whole = settingsOf(entries);
      assert.deepEqual(settingsOf(entries, piece), whole);
      assert.deepEqual(Object.keys(whole), ['memoryLimit', 'gogc']);
      for (const value of Object.values(whole)) assert.ok(value === undefined || value === 'off' || typeof value === 'number');
    }),
  );
});

test('the file is read to its end, and no further than to both settings or the cap', async (t) => {
  const { pid, folder, paths: made } = madeProcess(t);
  const filler = `TOKEN=${'hunter2'.repeat(3000)}\0`;
  const read = (text: string): Promise<Reading<GoEnvironment>> => {
    writeFileSync(join(folder, 'environ'), text);
    return environ.read({ pid, paths: made }, signal);
  };
  assert.deepEqual(await read(''), found(unset));
  assert.deepEqual(await read(`${filler}GOGC=40\0${filler}`), found({ ...unset, gogc: 0.4 }));
  assert.deepEqual(await read(`GOMEMLIMIT=1GiB\0GOGC=40\0${filler.repeat(60)}`), found({ memoryLimit: bytes(2 ** 30), gogc: 0.4 }));
  const long = await read(`GOGC=40\0${filler.repeat(60)}`);
  assert.equal(long.ok ? '' : long.reason, 'too-large');
  assert.ok(!JSON.stringify(long).includes('hunter2'));
});

test('an environment that the kernel does not show whole tells nothing', async (t) => {
  const { pid, folder, paths: made } = madeProcess(t);
  const handle = { pid, paths: made };
  const from = 140_732_938_772_480; // in the upper half of an address space, as the stack is
  writeFileSync(join(folder, 'environ'), 'GOGC=40\0');
  for (const [end, ok] of [
    [from + 8, true],
    [from + 9, false],
  ] as const) {
    writeFileSync(join(folder, 'stat'), `12 (op) S ${'1 '.repeat(46)}${from} ${end} 0\n`);
    const reading = await environ.read(handle, signal);
    assert.deepEqual(reading.ok ? reading.value : reading.reason, ok ? { ...unset, gogc: 0.4 } : 'unsupported');
  }
});

for (const GOMEMLIMIT of ['300MiB', '+314572800', '1TiB', 'off', '', '9223372036854775807']) {
  test(`a Go program takes GOMEMLIMIT=${GOMEMLIMIT} as memgap does`, async (t) => {
    const path = locateLab('go-newest-pure');
    if (!path.ok) return t.skip(path.detail);
    const lab = await startLab(path.value, '127.0.0.1:0', { GOMEMLIMIT, GOGC: '50' });
    t.after(() => lab.stop());
    const response = await fetch(`http://${lab.address}/go-metrics`);
    const told = parseGoMetrics(Buffer.from(await response.arrayBuffer()));
    assert.ok(told.ok);
    assert.deepEqual(await environ.read({ pid: lab.pid, paths }, signal), found({ memoryLimit: told.value.memoryLimit, gogc: 0.5 }));
  });
}
