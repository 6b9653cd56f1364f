import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { scanPprofHeap } from '../../../src/goruntime/endpoints/pprof-heap.ts';
import { inPieces, sample, samples } from './samples.ts';
import { parsePprofHeap } from './whole.ts';

const whole = sample('lab-1.27-pure/heap_debug1.txt');

function parse(text: string) {
  return parsePprofHeap(Buffer.from(text, 'latin1'));
}

function assertMalformed(text: string, detail: RegExp) {
  const reading = parse(text);
  assert.equal(!reading.ok && reading.reason, 'malformed', JSON.stringify(reading));
  assert.match(reading.ok ? '' : reading.detail, detail);
}

test('the text of Go 1.27', () => {
  assert.deepEqual(parse(whole), {
    ok: true,
    value: {
      memstats: {
        sys: 42379544,
        heapAlloc: 31652696,
        heapSys: 37421056,
        heapIdle: 5177344,
        heapInuse: 32243712,
        heapReleased: 4857856,
        stackInuse: 327680,
        stackSys: 327680,
        mspanSys: 48960,
        mcacheSys: 16072,
        buckHashSys: 1443500,
        gcSys: 2386688,
        otherSys: 735588,
        nextGc: 38229098,
        numGc: 3,
      },
      maxRss: 40046592,
    },
  });
});

for (const { name, bytes } of samples('heap_debug1')) {
  test(`${name} parses, and adds up`, () => {
    const reading = parsePprofHeap(bytes);
    assert.ok(reading.ok, JSON.stringify(reading));
    const [, heapAlloc] = /^# HeapAlloc = (\d+)$/m.exec(bytes.toString('latin1')) ?? [];
    assert.equal(reading.value.memstats.heapAlloc, Number(heapAlloc));
    const [, mspanSys] = /^# MSpan = \d+ \/ (\d+)$/m.exec(bytes.toString('latin1')) ?? [];
    assert.equal(reading.value.memstats.mspanSys, Number(mspanSys));
    assert.ok((reading.value.maxRss ?? 0) > 20_000_000);
  });
}

test('the last block counts, whatever stands before it', () => {
  const hostile = whole.slice(whole.indexOf('\n# runtime')).replace('Sys = 42379544', 'Sys = 1');
  assert.deepEqual(parse(`heap profile: 0: 0 [0: 0] @ heap/1\n${hostile}${whole}`), parse(whole));
});

test('a block inside a symbol does not count, for it does not start a line', () => {
  const symbol = '#\t0x6df469\tmain.f[# runtime.MemStats # Sys = 1]+0x89\t/src/main.go:76\n';
  assert.deepEqual(parse(symbol + whole), parse(whole));
  const block = whole.slice(whole.indexOf('# runtime.MemStats'));
  assertMalformed(`heap profile:\n#\t0x1\tmain.f ${block}`, /no '# runtime.MemStats'/);
  assertMalformed(`heap profile:\n# runtime.MemStats of another kind\n${block.slice(19)}`, /no '# runtime.MemStats'/);
});

test('text after the block, or within it, is refused', () => {
  assertMalformed(`${whole}1: 112 [1: 112] @ 0x4882b3\n`, /no MemStats field: 1: 112/);
  assertMalformed(whole.replace('# HeapObjects = 1008\n', '#\t0x1\tmain.f\n'), /no MemStats field: #\\x09/);
});

test('a text that ends within the block is refused at every byte', () => {
  const end = whole.indexOf('\n# LastGC');
  for (let length = whole.indexOf('# runtime.MemStats'); length <= end; length += 1) {
    assert.equal(parse(whole.slice(0, length)).ok, false, `cut at ${length}`);
  }
  assertMalformed(whole.slice(0, -1), /cut off/);
  assertMalformed(whole.slice(0, whole.indexOf('# NextGC')), /lack NextGC/);
});

test('a field that is missing, stands there twice or is no number is refused by name', () => {
  assertMalformed(whole.replace(/# HeapIdle = .*\n/, ''), /lack HeapIdle/);
  assertMalformed(whole.replace(/# Stack = .*\n/, ''), /lack StackInuse, StackSys/);
  assertMalformed(whole.replace('# HeapIdle =', '# HeapIdle = 1\n# HeapIdle ='), /HeapIdle stands there twice/);
  assertMalformed(whole.replace('HeapIdle = 5177344', 'HeapIdle = many'), /HeapIdle is NaN/);
  assertMalformed(whole.replace('HeapIdle = 5177344', 'HeapIdle = -5177344'), /HeapIdle is -5177344/);
  assertMalformed(whole.replace('HeapIdle = 5177344', 'HeapIdle = 9007199254740993'), /HeapIdle is 9007199254740992/);
  assertMalformed(whole.replace('Stack = 327680 / 327680', 'Stack = 327680'), /Stack\w+ is NaN/);
  assertMalformed(whole.replace('Stack = 327680 / 327680', 'Stack = 327680 / 327680 / 1'), /Stack\w+ is NaN/);
});

test('fields that are called as what every object has are fields like others', () => {
  const names = Object.getOwnPropertyNames(Object.prototype);
  assert.ok(names.includes('__proto__') && names.includes('toString'));
  for (const text of ['1', '5 / 6']) {
    const more = names.map((name) => `# ${name} = ${text}\n`);
    assert.deepEqual(parse(`${whole.trimEnd()}\n${more.join('')}`), parse(whole));
  }
});

test('GOGC=off makes the next GC absent, not huge', () => {
  const reading = parse(whole.replace('NextGC = 38229098', 'NextGC = 8946670875743901533'));
  assert.ok(reading.ok, JSON.stringify(reading));
  assert.equal(reading.value.memstats.nextGc, undefined);
});

test('very old Go, without GCSys, OtherSys and MaxRSS', () => {
  const reading = parse(whole.replace(/# (GCSys|OtherSys|MaxRSS) = .*\n/g, ''));
  assert.ok(reading.ok, JSON.stringify(reading));
  assert.equal(reading.value.memstats.gcSys, undefined);
  assert.equal('maxRss' in reading.value, false);
});

test('a MaxRSS that is more than there are addresses is not taken', () => {
  const most = parse(whole.replace(/MaxRSS = .*/, `MaxRSS = ${2 ** 48}`));
  assert.equal(most.ok && most.value.maxRss, 2 ** 48);
  const beyond = parse(whole.replace(/MaxRSS = .*/, `MaxRSS = ${2 ** 48 + 1}`));
  assert.ok(beyond.ok && !('maxRss' in beyond.value), JSON.stringify(beyond));
});

test('HTML, protobuf and nothing are malformed', () => {
  assertMalformed('<html><body>Sign in</body></html>\n', /base of net\/http\/pprof/);
  assertMalformed('\x1f\x8b\x08\x00', /base of net\/http\/pprof/);
  assertMalformed('', /base of net\/http\/pprof/);
});

test('where the body is cut into chunks does not matter', () => {
  const bodies = samples('heap_debug1').filter(({ name }) => /lab|caddy_2.6|3.5.after/.test(name));
  fc.assert(
    fc.property(fc.constantFrom(...bodies), fc.array(fc.nat(40_000), { minLength: 1, maxLength: 5 }), ({ bytes }, lengths) => {
      assert.deepEqual(inPieces(scanPprofHeap(), bytes, lengths), parsePprofHeap(bytes));
    }),
  );
});

test('two streams at once do not meet in one ring', () => {
  const [one, two] = [scanPprofHeap(), scanPprofHeap()];
  const other = sample('lab-1.19-cgo/heap_debug1.txt');
  for (let at = 0; at < 10_000; at += 100) {
    one.add(Buffer.from(whole.slice(at, at + 100)));
    two.add(Buffer.from(other.slice(at, at + 100)));
  }
  assert.deepEqual(one.end(), parse(whole));
  assert.deepEqual(two.end(), parse(other));
});

test('no bytes make it throw', () => {
  const mutated = fc.tuple(fc.nat(whole.length), fc.nat(40), fc.string({ unit: 'binary', maxLength: 40 }));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40_000 }), (body) => !parsePprofHeap(body).ok));
  fc.assert(
    fc.property(mutated, ([at, cut, text]) => {
      const reading = parse(whole.slice(0, at) + text + whole.slice(at + cut));
      if (reading.ok) assert.ok(reading.value.memstats.heapReleased <= reading.value.memstats.sys);
    }),
  );
});
