import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { scanPprofIndex } from '../../../src/goruntime/endpoints/pprof-index.ts';
import { inPieces, sample, samples } from './samples.ts';
import { parsePprofIndex } from './whole.ts';

test('the counts of one real page', () => {
  const page = Buffer.from(sample('prometheus_3.5/pprof_index.html'));
  assert.deepEqual(parsePprofIndex(page), { ok: true, value: { goroutines: 63, threads: 9 } });
});

for (const { name, bytes } of samples('pprof_index')) {
  test(`${name} has both counts`, () => {
    const reading = parsePprofIndex(bytes);
    assert.ok(reading.ok, JSON.stringify(reading));
    assert.ok((reading.value.goroutines ?? 0) >= 3 && (reading.value.threads ?? 0) >= 4, JSON.stringify(reading));
  });
}

test("goroutineleak's count is not goroutine's", () => {
  const page = "<tr><td>7</td><td><a href='goroutineleak?debug=1'>goroutineleak</a></td></tr>\n";
  assert.equal(parsePprofIndex(Buffer.from(page)).ok, false);
});

test('the older form of the page', () => {
  const page = '<tr><td align=right>12<td><a href="goroutine?debug=1">goroutine</a>\n';
  assert.deepEqual(parsePprofIndex(Buffer.from(page)), { ok: true, value: { goroutines: 12, threads: undefined } });
});

test('a page with neither count is malformed', () => {
  for (const page of ['', '<html><body>Sign in</body></html>', "<td>-1</td><td><a href='goroutine?debug=1'>"]) {
    const reading = parsePprofIndex(Buffer.from(page));
    assert.equal(!reading.ok && reading.reason, 'malformed', page);
  }
});

test('chunks do not matter, and no bytes make it throw', () => {
  const page = Buffer.from(sample('caddy_2.6/pprof_index.html'));
  fc.assert(
    fc.property(fc.array(fc.nat(500), { minLength: 1, maxLength: 5 }), (lengths) => {
      assert.deepEqual(inPieces(scanPprofIndex(), page, lengths), parsePprofIndex(page));
    }),
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (body) => !parsePprofIndex(body).ok));
});
