import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { reasonOf } from '../../src/model/reading.ts';
import { formatBytes, formatDuration, parseBytes, parseDuration } from '../../src/model/units.ts';
import { embeddableJson, escapeHtml, labelValue, printable, printableJson, printableLines } from '../../src/untrusted.ts';

test('bytes are written with three figures, in binary units, signed', () => {
  const cases: ReadonlyArray<readonly [number, string]> = [
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [10.25 * 1024 ** 2, '10.3 MiB'],
    [-38379240, '-36.6 MiB'],
    [130e9, '121 GiB'],
  ];
  for (const [count, text] of cases) assert.equal(formatBytes(count), text);
});

test('sizes are read as a person writes them', () => {
  assert.equal(parseBytes('64MiB'), 64 * 1024 ** 2);
  assert.equal(parseBytes('64MB'), 64 * 1024 ** 2);
  assert.equal(parseBytes('1.5 KiB'), 1536);
  for (const wrong of ['', 'x', '-1', '64 MBit', '1e3', '99999999999999999999']) assert.equal(parseBytes(wrong), undefined, wrong);
});

test("durations are read in Prometheus's notation", () => {
  assert.equal(parseDuration('15s'), 15_000);
  assert.equal(parseDuration('1h30m'), 5_400_000);
  assert.equal(parseDuration('500ms'), 500);
  for (const wrong of ['', '15', 's', '1m1h', '1.5s', '-1s', '1 s']) assert.equal(parseDuration(wrong), undefined, wrong);
});

test('durations are written in their two largest units', () => {
  assert.equal(formatDuration(250), '250ms');
  assert.equal(formatDuration(90_000), '1m30s');
  assert.equal(formatDuration(2 * 86_400_000 + 4 * 3_600_000 + 60_000), '2d4h');
});

// what moves, hides, turns or ends what stands around it
const moves = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;
const hostileText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom('</script>', '<!--', '\u2028', '\u202e', '\x1b[2J', '\x9b', '\n'),
    ),
    { maxLength: 5 },
  )
  .map((parts) => parts.join(''));

test('hostile text has no character left that moves, hides or ends anything', () => {
  assert.equal(printable('a\x1b[31m\n\u202e\u2028b'), 'a\\x1b[31m\\x0a\\u202e\\u2028b');
  assert.equal(escapeHtml('<script>"&\''), '&lt;script&gt;&quot;&amp;&#39;');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(printable(text), moves);
      assert.ok(labelValue(text).length <= 128);
      assert.doesNotMatch(labelValue(text), /\p{Surrogate}/u);
      assert.doesNotMatch(escapeHtml(text), /[<>"']/);
    }),
  );
});

test('hostile text in JSON stays the same text, on a terminal, in a log and in a <script>', () => {
  fc.assert(
    fc.property(fc.dictionary(hostileText, fc.oneof(hostileText, fc.array(hostileText)), { maxKeys: 4 }), (value) => {
      for (const json of [printableJson(value), embeddableJson(value)]) {
        assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(value)));
        assert.doesNotMatch(json.replaceAll('\n', ''), moves);
      }
      assert.doesNotMatch(embeddableJson(value), /[<\n\u2028\u2029]/); // no </script>, no <!--, no end of a line
    }),
  );
});

test('the lines of a stack stay lines, and nothing else moves', () => {
  fc.assert(
    fc.property(fc.array(hostileText), (texts) => {
      const lines = printableLines(texts.join('\n')).split('\n');
      assert.equal(lines.length, texts.join('\n').split('\n').length);
      for (const line of lines) assert.doesNotMatch(line, moves);
    }),
  );
});

test('a failed call has its reason from one table, and an unknown code has none', () => {
  assert.equal(reasonOf(Object.assign(new Error(), { code: 'EACCES' })), 'denied');
  assert.equal(reasonOf(AbortSignal.timeout(0).reason ?? new DOMException('', 'TimeoutError')), 'timeout');
  assert.equal(reasonOf(new Error('x')), undefined);
  assert.equal(reasonOf(Object.assign(new Error(), { code: 'constructor' })), undefined);
  assert.equal(reasonOf('x'), undefined);
});
