import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { scanGoMetrics } from '../../../src/goruntime/endpoints/go-metrics.ts';
import { inPieces, sample, samples } from './samples.ts';
import { parseGoMetrics } from './whole.ts';

const whole = sample('alertmanager_0.33/metrics.txt');

function parse(text: string) {
  return parseGoMetrics(Buffer.from(text, 'latin1'));
}

function value(text: string) {
  const reading = parse(text);
  assert.ok(reading.ok, JSON.stringify(reading));
  return reading.value;
}

function assertMissing(text: string, reason: string, detail: RegExp) {
  const reading = parse(text);
  assert.equal(!reading.ok && reading.reason, reason, JSON.stringify(reading));
  assert.match(reading.ok ? '' : reading.detail, detail);
}

test('the page of a program built with Go 1.27', () => {
  assert.deepEqual(value(whole), {
    memstats: {
      sys: 22980888,
      heapAlloc: 10899528,
      heapSys: 16154624,
      heapIdle: 2850816,
      heapInuse: 13303808,
      heapReleased: 1531904,
      stackInuse: 622592,
      stackSys: 622592,
      mspanSys: 212160,
      mcacheSys: 16072,
      buckHashSys: 1462071,
      gcSys: 3823360,
      otherSys: 690009,
      nextGc: 14056266,
      numGc: 9,
    },
    residentMemory: 42045440,
    processStartTime: 1795408943.88,
    goroutines: 24,
    threads: 9,
    memoryLimit: 'off',
    gogc: 1,
    goVersion: 'go1.27.1',
  });
});

for (const { name, bytes } of samples('metrics.txt')) {
  test(`${name} parses, and adds up to the byte`, () => {
    const reading = parseGoMetrics(bytes);
    assert.ok(reading.ok, JSON.stringify(reading));
    const [, sys] = /^go_memstats_sys_bytes (\S+)$/m.exec(bytes.toString('latin1')) ?? [];
    assert.equal(reading.value.memstats.sys, Number(sys));
    assert.match(reading.value.goVersion ?? '', /^go1\.\d\d/);
  });
}

test('limits that are set, and limits that are off', () => {
  const set = value(sample('prometheus_3.5/metrics.txt'));
  assert.equal(set.memoryLimit, 22748859187);
  assert.equal(set.gogc, 0.75);
  assert.equal(value(whole.replace('go_gc_gogc_percent 100', 'go_gc_gogc_percent 1.8446744073709552e+19')).gogc, 'off');
  const old = value(sample('caddy_2.6/metrics.txt'));
  assert.equal('gogc' in old || 'memoryLimit' in old, false);
});

test('GOGC=off makes the next GC absent', () => {
  const page = whole.replace('go_memstats_next_gc_bytes 1.4056266e+07', 'go_memstats_next_gc_bytes 8.946670875743902e+18');
  assert.equal(value(page).memstats.nextGc, undefined);
});

test('a resident size that is more than there are addresses is not taken', () => {
  const page = (size: number) => whole.replace(/^process_resident_memory_bytes .*$/m, `process_resident_memory_bytes ${size}`);
  assert.equal(value(page(2 ** 48)).residentMemory, 2 ** 48);
  assert.equal('residentMemory' in value(page(2 ** 48 + 4096)), false);
});

test('OpenMetrics, timestamps, exemplars and line ends of Windows are read', () => {
  const stamped = whole.replace(/^(go_\w+ \S+)$/gm, '$1 1795408967123');
  assert.deepEqual(value(stamped), value(whole));
  const open = `${whole.replace(/^(go_\w+ \S+)$/gm, '$1 1795408967.123 # {trace_id="x"} 1')}# EOF\n`;
  assert.deepEqual(value(open), value(whole));
  assert.deepEqual(value(whole.replace(/^(go_\w+) (\S+)$/gm, '$1 $2 # {trace_id="x"} 1')), value(whole));
  assert.deepEqual(value(whole.replaceAll('\n', '\r\n')), value(whole));
});

test('a page without go_memstats_* is unsupported, and says what to do', () => {
  assertMissing('# HELP up x\nup 1\n', 'unsupported', /no go_memstats_\*: .*client_golang/);
  assertMissing('', 'unsupported', /no go_memstats_\*/);
  assertMissing(whole.replace(/^go_memstats_gc_sys.*\n/m, ''), 'unsupported', /no go_memstats_gc_sys_bytes/);
});

test('samples with labels are another program', () => {
  const labeled = whole.replace(/^(go_memstats_\w+) /gm, '$1{job="other"} ');
  assertMissing(labeled, 'unsupported', /labels/);
  const others = labeled.split('\n').filter((line) => line.includes('{job='));
  assert.deepEqual(value(`${others.join('\n')}\n${whole}`), value(whole));
  assert.equal('goVersion' in value(whole.replace('go_info{', 'go_info{job="other",')), false);
});

test('names that only begin like ours are not ours', () => {
  assert.deepEqual(value(`go_threads_max 1\ngo_goroutines:sum 5\n${whole}`), value(whole));
});

test('a sample that stands there twice, or is no number, is refused by name', () => {
  assertMissing(`${whole}go_memstats_sys_bytes 2.2980888e+07\n`, 'malformed', /go_memstats_sys_bytes stands there twice/);
  assertMissing(`${whole}go_info{version="go1.1"} 1\n`, 'malformed', /go_info stands there twice/);
  for (const bad of ['NaN', '+Inf', '-', '1e', '0x10', '1 x', '']) {
    assertMissing(
      whole.replace('go_memstats_sys_bytes 2.2980888e+07', `go_memstats_sys_bytes ${bad}`),
      'malformed',
      /go_memstats_sys_bytes is no number/,
    );
  }
  for (const bad of ['-5', '9007199254740993', '2.5', '1e999']) {
    assertMissing(
      whole.replace('go_memstats_heap_idle_bytes 2.850816e+06', `go_memstats_heap_idle_bytes ${bad}`),
      'malformed',
      /HeapIdle is/,
    );
  }
});

test('a page of HTML is malformed', () => {
  assertMissing('\n<!DOCTYPE html>\n<html></html>\n', 'malformed', /HTML/);
});

test('a number that may be cut off at the end of the page is not taken', () => {
  const page = whole.replace('go_goroutines 24\n', '');
  assert.equal('goroutines' in value(`${page}go_goroutines 24`), false);
  assert.equal(value(`${page}go_goroutines 24\n`).goroutines, 24);
});

test('a line over 8 KiB is left out', () => {
  assert.deepEqual(value(`go_goroutines ${'9'.repeat(9000)}\n${whole}`), value(whole));
  assert.deepEqual(value(`x{y="${'z'.repeat(100_000)}"} 1\n${whole}`), value(whole));
});

test('where the body is cut into chunks does not matter', () => {
  const pages = [
    ...samples('metrics.txt').map(({ bytes }) => bytes),
    Buffer.from(`x ${'9'.repeat(8190)}\ny ${'9'.repeat(8191)}\n${whole}`),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...pages), fc.array(fc.nat(9000), { minLength: 1, maxLength: 5 }), (bytes, lengths) => {
      assert.deepEqual(inPieces(scanGoMetrics(), bytes, lengths), parseGoMetrics(bytes));
    }),
  );
  assert.deepEqual(inPieces(scanGoMetrics(), Buffer.from(whole), [1]), parse(whole));
});

test('no bytes make it throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (body) => !parseGoMetrics(body).ok));
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(40), fc.string({ unit: 'binary', maxLength: 40 }), (at, cut, text) => {
      const reading = parse(whole.slice(0, at) + text + whole.slice(at + cut));
      if (reading.ok) assert.ok(reading.value.memstats.heapReleased <= reading.value.memstats.sys);
    }),
  );
});

test('a start that is no time of any clock is not told', () => {
  const started = (put: string) =>
    value(whole.replace(/^process_start_time_seconds .*$/m, `process_start_time_seconds ${put}`)).processStartTime;
  assert.equal(started('1.79540894388e+09'), 1_795_408_943.88);
  for (const put of ['1e308', '-1e308', '1e999', '8.64e12', '1e11', '4294967296', '0', '-1']) assert.equal(started(put), undefined, put);
});
