import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { createSmapsParser, parseSmaps } from '../../../src/kernel/memory/smaps-parser.ts';
import { parseSmapsRollup } from '../../../src/kernel/memory/smaps-rollup.ts';
import type { Mapping } from '../../../src/model/mapping.ts';
import type { Reading } from '../../../src/model/reading.ts';
import { kib } from '../../../src/model/units.ts';
import { runs } from '../../runs.ts';
import { needed, smapsText } from './smaps-text.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/smaps');
const recorded = readdirSync(fixtures);
const smallest = read('etcd_3.5.16');

function read(name: string, file = 'smaps'): string {
  return readFileSync(join(fixtures, name, file), 'latin1');
}

function parse(text: string): Reading<readonly Mapping[]> {
  return parseSmaps(Buffer.from(text, 'latin1'));
}

function mappingsOf(text: string): readonly Mapping[] {
  const reading = parse(text);
  assert.ok(reading.ok, JSON.stringify(reading));
  return reading.value;
}

/** All but what may be absent. */
function sizesOf(mapping: Mapping): string {
  return JSON.stringify({ ...mapping, ksm: undefined, thpEligible: undefined });
}

for (const name of recorded) {
  test(`${name}: every mapping is there, and their Rss and Anonymous are the sums of smaps_rollup`, () => {
    const text = read(name);
    const mappings = mappingsOf(text);
    const rollup = parseSmapsRollup(read(name, 'smaps_rollup'));
    assert.ok(rollup.ok);

    const headers = text.match(/^[0-9a-f]{8,16}-[0-9a-f]{8,16} .*$/gm) ?? [];
    assert.equal(mappings.length, headers.filter((line) => !line.endsWith('[vsyscall]')).length);
    for (const field of ['rss', 'anonymous', 'lazyFree', 'anonHugePages', 'swap', 'locked'] as const) {
      assert.equal(
        mappings.reduce((sum, mapping) => sum + mapping[field], 0),
        rollup.value[field],
        field,
      );
    }
    assert.ok(mappings.every((mapping, index) => mapping.start >= (mappings[index - 1]?.end ?? 0) && mapping.end > mapping.start));
  });
}

test('a mapping has its fields in bytes, and its path as the file has it', () => {
  const [, second] = mappingsOf(smallest);
  assert.deepEqual(second, {
    start: 0x402000,
    end: 0xf8b000,
    permissions: 'r-xp',
    offset: 0x2000,
    device: 'fe:00',
    inode: 2539725,
    path: '/opt/usr/bin/etcd',
    rss: kib(10_708),
    pss: kib(10_708),
    dirty: 0,
    anonymous: 0,
    ksm: 0,
    swap: 0,
    lazyFree: 0,
    anonHugePages: 0,
    locked: 0,
    thpEligible: false,
    flags: 'rd ex mr mw me',
  });
});

test('where the text is cut into pieces changes nothing', () => {
  const text = smallest.slice(0, 9000) + smapsText([{ start: 2 ** 45, end: 2 ** 45 + 4096, path: '/tmp/\xc3\xa9 \\012x (deleted)' }]);
  const damaged = text.replace('LazyFree:', 'LazyFrei:');
  for (const whole of [text, damaged]) {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: whole.length }), { maxLength: 60 }), (cuts) => {
        const parser = createSmapsParser(Number.MAX_SAFE_INTEGER);
        const ends = [...cuts, whole.length].sort((one, other) => one - other);
        let begin = 0;
        for (const end of ends) {
          parser.take(whole.slice(begin, end));
          begin = end;
        }
        assert.deepEqual(parser.finish(), parse(whole));
      }),
      { numRuns: runs(50) },
    );
  }
});

test('a text that ends early is malformed, or ends between two mappings', () => {
  const text = read('kernel-v2-6.12');
  const all = mappingsOf(text);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: text.length }), (length) => {
      const reading = parse(text.slice(0, length));
      if (reading.ok) assert.deepEqual(reading.value, all.slice(0, reading.value.length));
      else assert.equal(reading.reason, 'malformed');
      assert.equal(reading.ok, length === 0 || (text[length - 1] === '\n' && /^([0-9a-f]|$)/.test(text.slice(length, length + 1))));
    }),
    { numRuns: runs(400) },
  );
});

test('a line that is lost, doubled or out of its place never makes a mapping that is not there', () => {
  const text = read('kernel-v2-7.2');
  const all = mappingsOf(text).map(sizesOf);
  const lines = text.split('\n').slice(0, -1);
  fc.assert(
    fc.property(fc.nat(lines.length - 1), fc.nat(lines.length - 1), fc.constantFrom('lose', 'double', 'swap'), (one, other, how) => {
      const changed = [...lines];
      if (how === 'lose') changed.splice(one, 1);
      else if (how === 'double') changed.splice(other, 0, lines[one] ?? '');
      else [changed[one], changed[other]] = [lines[other] ?? '', lines[one] ?? ''];
      const reading = parse(`${changed.join('\n')}\n`);
      if (!reading.ok) return assert.equal(reading.reason, 'malformed');
      assert.ok(reading.value.length >= all.length - 1);
      // two equal lines can change their places; a value from another mapping is none of this one's, but not to be told from it
      if (how !== 'swap') for (const mapping of reading.value) assert.ok(all.includes(sizesOf(mapping)));
    }),
    { numRuns: runs(400) },
  );
});

test('lines that no kernel has yet are skipped wherever they stand', () => {
  const lines = smallest.split('\n');
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: lines.length - 1 }), fc.constantFrom('Rssx:  5 kB', 'Zeal:', 'Xy z')), { maxLength: 9 }),
      (extra) => {
        const changed = [...lines];
        for (const [at, line] of extra) changed.splice(at, 0, line);
        assert.deepEqual(parse(changed.join('\n')), parse(smallest));
      },
    ),
    { numRuns: runs(100) },
  );
});

test('any text at all gives a reading', () => {
  const word = fc.constantFrom(
    '00400000-00402000 ',
    'rw-p ',
    '00000000 00:00 0 ',
    '\n',
    'Rss: 4 kB\n',
    'VmFlags: rd\n',
    '0',
    'A',
    ' ',
    '-',
    ...needed.map((key) => `${key}: 0 kB\n`),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.array(word, { maxLength: 60 }).map((words) => words.join('')),
      ),
      (text) => {
        const reading = parse(text);
        if (!reading.ok) assert.match(reading.detail, /^\/proc\/PID\/smaps: /);
      },
    ),
  );
});

test('many doubled lines are refused in no time', () => {
  const sizes = needed.slice(0, -1).map((key) => `${key}: 0 kB\n`);
  const reading = parse(`00400000-00402000 rw-p 00000000 00:00 0 \n${sizes.map((line) => line.repeat(500)).join('')}1`);
  assert.equal(!reading.ok && reading.reason, 'malformed');
});

for (const key of needed) {
  test(`a mapping without ${key} makes the whole reading malformed, for unknown is not 0`, () => {
    const whole = [
      { start: 0x1000, end: 0x2000 },
      { start: 0x2000, end: 0x3000 },
    ];
    assert.ok(parse(smapsText(whole)).ok);
    const reading = parse(smapsText(whole).replace(new RegExp(`^${key}: .*\n`, 'm'), ''));
    assert.ok(!reading.ok && reading.reason === 'malformed');
    assert.match(reading.detail, new RegExp(`00001000-00002000 rw-p.* has no line ${key}$`));
  });
}

test('THPeligible is absent before Linux 5.0', () => {
  const [mapping] = mappingsOf(smapsText([{ start: 0x1000, end: 0x2000 }]).replace(/^THP.*\n/m, ''));
  assert.ok(mapping !== undefined && mapping.thpEligible === undefined);
});

test('what was written is dirty, shared or private; KSM is absent before Linux 6.7', () => {
  const text = smapsText([{ start: 0x1000, end: 0x2000, sizes: { Shared_Dirty: 8, Private_Dirty: 4, Anonymous: 4, KSM: 12 } }]);
  const [mapping] = mappingsOf(text);
  assert.deepEqual([mapping?.dirty, mapping?.anonymous, mapping?.ksm], [kib(12), kib(4), kib(12)]);
  const [older] = mappingsOf(text.replace(/^KSM.*\n/m, ''));
  assert.deepEqual([older?.dirty, older?.anonymous, older?.ksm], [kib(12), kib(4), undefined]);
});

test('paths come as the file has them, whatever is in them', () => {
  const paths = [
    '[anon: Go: heap]',
    '[stack]',
    '/opt/a b  c (deleted)',
    '/tmp/line\\012break',
    '/tmp/ends in a space ',
    '/memfd:x\r\t (deleted)',
    '/tmp/\xff\xfe',
    '/tmp/\xc3\xa9',
    'anon_inode:[perf_event]',
  ];
  const mappings = mappingsOf(smapsText(paths.map((path, index) => ({ start: (index + 1) * 4096, end: (index + 2) * 4096, path }))));
  const text = (path: string) => Buffer.from(path, 'latin1').toString();
  assert.deepEqual(
    mappings.map(({ path }) => path),
    paths.map(text),
  );
});

test('sizes up to 10^12 kB are read, longer ones refused; an inode may be any 64-bit number', () => {
  const range = { start: 2 ** 51, end: 2 ** 51 + 2 ** 50 };
  const [mapping] = mappingsOf(smapsText([{ ...range, sizes: { Rss: 999_999_999_999 } }]));
  assert.equal(mapping?.rss, kib(999_999_999_999));
  assert.equal(mapping?.end, range.end);
  assert.equal(parse(smapsText([{ ...range, sizes: { Rss: 1e12 } }])).ok, false);
  const inode = smapsText([range]).replace('00:00 0 ', 'fe:1fffff 18446744073709551615 ');
  assert.equal(mappingsOf(inode)[0]?.inode, 2 ** 64);
});

test('a malformed first line is refused, not guessed', () => {
  const text = smapsText([{ start: 0x1000, end: 0x2000 }]);
  for (const [from, to] of [
    ['rw-p', 'rw-'],
    ['00001000-', '00003000-'],
    ['00:00 0', '00:00'],
    ['00001000-', ''],
    ['00001000-00002000', '00001000-ffffffffffffffff'],
  ] as const) {
    const reading = parse(text.replace(from, to));
    assert.ok(!reading.ok && reading.reason === 'malformed', to);
  }
});

test('vsyscall, which is above all addresses of a process, is left out', () => {
  const text = smapsText([{ start: 0x1000, end: 0x2000 }]);
  const vsyscall = smapsText([{ start: 0, end: 0, permissions: '--xp', path: '[vsyscall]' }]).replace(
    '00000000-00000000',
    'ffffffffff600000-ffffffffff601000',
  );
  assert.equal(mappingsOf(text + vsyscall).length, 1);
});

test('a mapping that grew while the walk went on counts once, as it was seen last', () => {
  const before = [
    { start: 0x1000, end: 0x2000, sizes: { Rss: 4 } },
    { start: 0x2000, end: 0x3000, sizes: { Rss: 4 } },
  ];
  const [kept, ...others] = mappingsOf(smapsText([...before, { start: 0x1000, end: 0x9000, sizes: { Rss: 24 } }]));
  assert.deepEqual([kept?.start, kept?.end, kept?.rss, others.length], [0x1000, 0x9000, kib(24), 0]);
});

test('mappings that were cut and joined anew while the walk went on are refused: no sum of theirs is right', () => {
  const reading = parse(
    smapsText([
      { start: 0x1000, end: 0x4000 },
      { start: 0x2000, end: 0x9000 },
    ]),
  );
  assert.ok(!reading.ok && reading.reason === 'malformed');
  assert.match(reading.detail, /next walk/);
});

// three times as many as vm.max_map_count lets a process have, unless somebody raised it
test('200 000 mappings are read; a limit ends the reading as soon as it is passed', () => {
  // all alike, but for where they are
  const sizes = smapsText([{ start: 4096, end: 8192, sizes: { Rss: 4 } }], needed).replace(/^\S+/, '');
  const piece = (from: number) => {
    let text = '';
    for (let start = from * 8192 + 4096; start < (from + 1000) * 8192; start += 8192)
      text += `${start.toString(16).padStart(8, '0')}-${(start + 4096).toString(16).padStart(8, '0')}${sizes}`;
    return text;
  };
  const parser = createSmapsParser(200_000);
  const limited = createSmapsParser(20_000);
  let taken = 0;
  for (let from = 0; from < 200_000; from += 1000) {
    const text = piece(from);
    assert.ok(parser.take(text));
    if (limited.take(text)) taken += 1;
  }
  const reading = parser.finish();
  assert.ok(reading.ok);
  assert.equal(reading.value.length, 200_000);
  assert.equal(taken, 20);
  assert.equal(limited.count(), 20_001);
  assert.deepEqual(limited.finish(), { ok: false, reason: 'too-large', detail: 'the process has more than 20000 mappings' });
});
