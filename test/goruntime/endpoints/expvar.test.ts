import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { scanExpvar } from '../../../src/goruntime/endpoints/expvar.ts';
import { inPieces, sample, samples } from './samples.ts';
import { parseExpvar } from './whole.ts';

const whole = sample('lab-1.27-pure/vars.json');

function parse(text: string) {
  return parseExpvar(Buffer.from(text, 'latin1'));
}

function assertMissing(text: string, reason: string, detail: RegExp) {
  const reading = parse(text);
  assert.equal(!reading.ok && reading.reason, reason, JSON.stringify(reading));
  assert.match(reading.ok ? '' : reading.detail, detail);
}

test('the page of Go 1.27', () => {
  assert.deepEqual(parse(whole), {
    ok: true,
    value: {
      memstats: {
        sys: 42379544,
        heapAlloc: 31697128,
        heapSys: 37421056,
        heapIdle: 5120000,
        heapInuse: 32301056,
        heapReleased: 4767744,
        stackInuse: 327680,
        stackSys: 327680,
        mspanSys: 48960,
        mcacheSys: 16072,
        buckHashSys: 1443500,
        gcSys: 2400000,
        otherSys: 722276,
        nextGc: 38229098,
        numGc: 3,
      },
    },
  });
});

for (const { name, bytes } of samples('vars.json')) {
  test(`${name} parses, and adds up`, () => {
    const reading = parseExpvar(bytes);
    assert.ok(reading.ok, JSON.stringify(reading));
    assert.equal(reading.value.memstats.heapAlloc, JSON.parse(bytes.toString()).memstats.HeapAlloc);
  });
}

test('only the top-level memstats count, wherever they stand', () => {
  const { memstats } = JSON.parse(whole);
  const hostile = { ...memstats, HeapAlloc: 1 };
  const deeper = {
    a: { memstats: hostile },
    b: [{ memstats: hostile }],
    c: `"memstats": ${JSON.stringify(hostile)}`,
    memstat: 1,
    memstatsx: 2,
  };
  const strings = { 'x"memstats': 3, '\\': 4, d: 'an escaped \\" quote and a brace }', 'm\u00e9mstats': 5 };
  for (const page of [
    { ...deeper, ...strings, memstats },
    { memstats, ...deeper, ...strings },
    { ...strings, memstats, ...deeper },
  ]) {
    assert.deepEqual(parse(Buffer.from(JSON.stringify(page)).toString('latin1')), parse(whole));
    assert.deepEqual(parse(Buffer.from(JSON.stringify(page, null, 2)).toString('latin1')), parse(whole));
  }
  assertMissing(JSON.stringify(deeper), 'unsupported', /no "memstats"/);
});

test('a page without memstats is unsupported', () => {
  assertMissing('{"cmdline": ["x"]}', 'unsupported', /no "memstats"/);
  assertMissing(' {} \n', 'unsupported', /no "memstats"/);
});

test('what is no JSON object is malformed', () => {
  assertMissing('<!DOCTYPE html><html></html>', 'malformed', /not a JSON object/);
  assertMissing('[1]', 'malformed', /not a JSON object/);
  assertMissing('', 'malformed', /empty/);
  assertMissing('{"memstats": {}}{', 'malformed', /text after/);
  assertMissing('{"a": [}, "memstats": {}}', 'malformed', /bracket/);
  assertMissing('{memstats: {}}', 'malformed', /not JSON/);
  assertMissing(`{"a": ${'['.repeat(100)}`, 'malformed', /nested deeper/);
  assertMissing('{"memstats": [1]}', 'malformed', /no JSON object/);
  assertMissing('{"memstats": }', 'malformed', /no JSON object/);
  assertMissing('{"memstats": {"Sys": 1,}}', 'malformed', /no JSON object/);
});

test('a page that is cut off anywhere is refused', () => {
  for (let length = 0; length < whole.trimEnd().length; length += 1)
    assert.equal(parse(whole.slice(0, length)).ok, false, `cut at ${length}`);
});

test('a field that is missing, stands there twice or is no count is refused by name', () => {
  assertMissing(whole.replace('"HeapIdle":5120000,', ''), 'malformed', /lack HeapIdle/);
  assertMissing(whole.replace('"HeapIdle":', '"HeapIdle":1,"HeapIdle":'), 'malformed', /HeapIdle stands there twice/);
  assertMissing(whole.replace('"HeapIdle":5120000', '"HeapIdle":"5120000"'), 'malformed', /HeapIdle is NaN/);
  assertMissing(whole.replace('"HeapIdle":5120000', '"HeapIdle":-1'), 'malformed', /HeapIdle is -1/);
  assertMissing(whole.replace('"HeapIdle":5120000', '"HeapIdle":9007199254740993'), 'malformed', /HeapIdle is 9007199254740992/);
  assertMissing(whole.replace('"fixture"', '"memstats": {}, "fixture"'), 'malformed', /"memstats" stands there twice/);
});

test('GOGC=off makes the next GC absent', () => {
  const reading = parse(whole.replace('"NextGC":38229098', '"NextGC":8946670875743901533'));
  assert.ok(reading.ok, JSON.stringify(reading));
  assert.equal(reading.value.memstats.nextGc, undefined);
});

test('memstats longer than 64 KiB are refused, and anything beside them may be longer', () => {
  const long = 'x'.repeat(300_000);
  assertMissing(whole.replace('"Alloc":', `"Long":"${long}","Alloc":`), 'too-large', /65536 bytes/);
  assert.deepEqual(parse(whole.replace('"fixture"', `"long": "${long}", "fixture"`)), parse(whole));
});

test('where the body is cut into chunks does not matter', () => {
  const lengths = fc.array(fc.nat(3000), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.constantFrom(...samples('vars.json')), lengths, ({ bytes }, cut) => {
      assert.deepEqual(inPieces(scanExpvar(), bytes, cut), parseExpvar(bytes));
    }),
  );
  assert.deepEqual(inPieces(scanExpvar(), Buffer.from(whole), [1]), parse(whole));
});

test('nor does it where a cut goes through an escape, a key or between two brackets', () => {
  const { memstats } = JSON.parse(whole);
  const tricky = {
    'a\\': '\\',
    'memstats"': '"memstats":{',
    'mem\u0001': ['\\"', '\\\\', '{"\\"}'],
    memstat: '\ud83d\u2028',
    mem: [[], {}, [{}]],
  };
  const body = Buffer.from(JSON.stringify({ ...tricky, memstats, z: tricky }).replaceAll('\u2028', '\\u2028'));
  const expected = parse(whole);
  assert.deepEqual(parseExpvar(body), expected);
  for (let at = 1; at < body.length; at += 1) assert.deepEqual(inPieces(scanExpvar(), body, [at, body.length]), expected, `cut at ${at}`);
  for (const length of [1, 2, 3, 5, 7]) assert.deepEqual(inPieces(scanExpvar(), body, [length]), expected, `in pieces of ${length}`);
});

test('an escape is two characters, and only what follows the backslash is not what it seems', () => {
  const { memstats } = JSON.parse(whole);
  const bit = fc.constantFrom('\\"', '\\\\', '\\n', '\\u005c', '{', '}', '[', ']', ',', ':', '"memstats"'.replaceAll('"', '\\"'), 'x');
  const text = fc.array(bit, { maxLength: 12 }).map((bits) => bits.join(''));
  fc.assert(
    fc.property(text, text, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }), (key, value, cut) => {
      const body = Buffer.from(`{"_${key}":"${value}","memstats":${JSON.stringify(memstats)},"a":[["${value}"],{"${key}":1}]}`);
      assert.deepEqual(inPieces(scanExpvar(), body, cut), parse(whole));
    }),
  );
});

test('it finds what JSON.parse finds, in any object', () => {
  const { memstats } = JSON.parse(whole);
  const page = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 5 }));
  fc.assert(
    fc.property(page, fc.boolean(), (others, before) => {
      const body = before ? { ...others, memstats } : { memstats, ...others };
      assert.deepEqual(parseExpvar(Buffer.from(JSON.stringify({ ...body, memstats }))), parse(whole));
    }),
  );
});

test('no bytes make it throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (body) => !parseExpvar(body).ok));
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(40), fc.string({ unit: 'binary', maxLength: 40 }), (at, cut, text) => {
      const reading = parse(whole.slice(0, at) + text + whole.slice(at + cut));
      if (reading.ok) assert.ok(reading.value.memstats.heapReleased <= reading.value.memstats.sys);
    }),
  );
});
