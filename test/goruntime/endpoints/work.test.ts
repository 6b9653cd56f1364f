import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { budgets } from '../../../src/budgets.ts';
import { hasMoreValues } from '../../../src/discovery/kubernetes/api.ts';
import { scanExpvar } from '../../../src/goruntime/endpoints/expvar.ts';
import { scanJsonMember } from '../../../src/goruntime/endpoints/json-member.ts';
import { lineScan } from '../../../src/goruntime/endpoints/line-scan.ts';
import { inPieces, sample } from './samples.ts';
import { parseExpvar, parseGoMetrics } from './whole.ts';

/** The lines that a scan calls back for: each is a step of ours. */
function linesOf(chunks: readonly string[], pattern: RegExp, mostBytes = 100): readonly string[] {
  const lines: string[] = [];
  const add = lineScan(
    mostBytes,
    () => pattern,
    (line) => lines.push(line) > 0,
  );
  for (const chunk of chunks) add(Buffer.from(chunk, 'latin1'));
  return lines;
}

test('of a page of line feeds, and of lines that nobody wants, no line is looked at', () => {
  const wanted = /\n(?:go_a|go_b)(?!\w)/g;
  for (const text of ['\n', 'x\n', 'go_x 1\n', 'go_ab 1\n', ' go_a 1\n', '\r'])
    assert.deepEqual(linesOf([text.repeat(50_000)], wanted), []);
  assert.deepEqual(linesOf([`${'\n'.repeat(50_000)}go_a 1\n${'\n'.repeat(50_000)}`], wanted), ['go_a 1']);
});

test('lines are those that a split would find, however the text was cut', () => {
  const texts = fc.array(fc.constantFrom('a', 'ab', '\n', '\n\n', 'b', 'aaaaaaaaaaaa', '\r'), { maxLength: 40 });
  fc.assert(
    fc.property(texts, (pieces) => {
      const text = pieces.join('');
      const expected = text
        .split('\n')
        .slice(0, -1)
        .filter((line) => line.startsWith('a') && line.length <= 8);
      assert.deepEqual(linesOf(pieces, /\na/g, 8), expected);
      assert.deepEqual(linesOf([text], /\na/g, 8), expected);
    }),
  );
});

test('of each wanted sample of a page two lines are looked at, the rest of a million with labels none', () => {
  const labeled = 'go_threads{job="x"} 1\n'.repeat(100_000);
  const reading = parseGoMetrics(Buffer.from(labeled + sample('caddy_2.11/metrics.txt'), 'latin1'));
  assert.ok(reading.ok, JSON.stringify(reading));
  const twice = parseGoMetrics(Buffer.from('go_info{version="go1.27"} 1\n'.repeat(100_000)));
  assert.ok(!twice.ok && twice.reason === 'malformed' && /go_info stands there twice/.test(twice.detail));
});

test('expvar: the same text has the same count of tokens however it was cut, and one more than the budget is too large', () => {
  const units = fc.constantFrom('[],', '{"a":[]},', '"x",', '"\\"\\\\",', '"me\\u006d",', '1,', ' ');
  fc.assert(
    fc.property(
      fc.array(units, { maxLength: 30 }),
      fc.nat(60),
      fc.array(fc.nat(7), { minLength: 1, maxLength: 4 }),
      (parts, tokens, cut) => {
        const text = Buffer.from(`{"mem":[${parts.join('')}1],"memx":{"a":1},"m":"mem"}`);
        const most = { bytes: 1000, tokens };
        const whole = scanJsonMember('memx', most);
        whole.add(text);
        const pieces = scanJsonMember('memx', most);
        for (let from = 0, index = 0; from < text.length; index += 1) {
          const to = from + 1 + (cut[index % cut.length] ?? 0);
          pieces.add(text.subarray(from, to));
          from = to;
        }
        assert.deepEqual(pieces.end(), whole.end());
      },
    ),
  );
});

test('expvar: brackets, strings, members and escapes without end are too large, and reading ends there', () => {
  for (const unit of ['[],', '{}', '"",', '\\"', '"":1,', '"memstat":1,', '"a":{},']) {
    const scan = scanExpvar();
    const begin = unit === '\\"' ? '{"a":"' : unit.includes(':') ? '{"b":1,' : '{"a":[';
    let size = begin.length;
    const chunk = Buffer.from(unit.repeat(Math.ceil(16_384 / unit.length)));
    for (let goesOn = scan.add(Buffer.from(begin)); goesOn; size += chunk.length) {
      assert.ok(size < 2_000_000, `${unit}: it goes on`);
      goesOn = scan.add(chunk);
    }
    const reading = scan.end();
    assert.ok(!reading.ok && reading.reason === 'too-large', JSON.stringify(reading));
    assert.match(reading.detail, /more than 250000 strings, brackets, members and escapes/);
  }
});

test('expvar: reading ends with `memstats` that are longer than they may be', () => {
  const scan = scanExpvar();
  assert.equal(scan.add(Buffer.from('{"memstats":{"Sys":1,')), true);
  assert.equal(scan.add(Buffer.alloc(budgets.jsonMember.maxBytes - 9, ' ')), true);
  assert.equal(scan.add(Buffer.from(' ')), false);
  const reading = scan.end();
  assert.equal(!reading.ok && reading.reason, 'too-large');
});

test('expvar: 5 MB of maps beside memstats are read, and blanks cost nothing', () => {
  const page = sample('lab-1.27-pure/vars.json');
  const maps = JSON.stringify(
    Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`requests_${index}`, { count: index, text: 'x'.repeat(200) }])),
  );
  const long = page.replace('{', `{${' \n'.repeat(1_000_000)}"maps": ${maps},`);
  assert.ok(long.length > 5_000_000);
  assert.deepEqual(parseExpvar(Buffer.from(long, 'latin1')), parseExpvar(Buffer.from(page, 'latin1')));
  assert.deepEqual(inPieces(scanExpvar(), Buffer.from(long, 'latin1'), [16_384]), parseExpvar(Buffer.from(page, 'latin1')));
});

test('values of a JSON text are counted 500 at a time, never too few', () => {
  for (const [unit, values] of [
    ['1,', 1],
    ['[],', 1],
    ['{"a":1},', 2],
    ['"x",', 1],
  ] as const) {
    const json = `[${unit.repeat(3000)}1]`;
    assert.ok(hasMoreValues(json, 3000 * values - 1000), unit);
  }
  assert.ok(!hasMoreValues(`[${'1,'.repeat(3000)}1]`, 4000));
  assert.ok(!hasMoreValues(`["${'x'.repeat(1_000_000)}"]`, 10));
  assert.ok(budgets.apiValues.maxEntries % 500 === 0);
});
