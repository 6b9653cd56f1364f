import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { refusalOfError, refusalOfStatus, shownLocation } from '../../src/net/refusals.ts';

function failed(code: string) {
  const reading = refusalOfError(Object.assign(new Error('hunter2'), { code }));
  assert.ok(!reading.ok);
  assert.match(reading.detail, new RegExp(code.replace('/', '.')));
  assert.doesNotMatch(reading.detail, /hunter2/);
  return reading.reason;
}

test('each code of a failed request has its reason, and an unknown one is unreachable', () => {
  assert.equal(failed('ECONNREFUSED'), 'unreachable');
  assert.equal(failed('ECONNRESET'), 'unreachable');
  assert.equal(failed('ENOTFOUND'), 'unreachable');
  assert.equal(failed('ENOENT'), 'unreachable');
  assert.equal(failed('EACCES'), 'denied');
  assert.equal(failed('EMFILE'), 'exhausted');
  assert.equal(failed('UND_ERR_SOCKET'), 'unreachable');
  assert.equal(failed('UND_ERR_CONNECT_TIMEOUT'), 'timeout');
  assert.equal(failed('UND_ERR_HEADERS_OVERFLOW'), 'too-large');
  assert.equal(failed('ESOMETHINGNEW'), 'unreachable');
});

test('TLS: who refuses whom', () => {
  for (const code of [
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE',
  ]) {
    assert.equal(failed(code), 'unauthorized');
  }
  for (const code of [
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ]) {
    assert.equal(failed(code), 'unreachable');
  }
});

test('what is no error with a code is unreachable too', () => {
  for (const error of [new Error('x'), Object.assign(new Error('x'), { code: undefined }), 'x', undefined, null]) {
    assert.deepEqual(refusalOfError(error), { ok: false, reason: 'unreachable', detail: 'unknown error' });
  }
});

test('every status other than 2xx is refused', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 999 }),
      (status) => (refusalOfStatus(status, undefined) === undefined) === (status >= 200 && status < 300),
    ),
  );
});

test("a redirect's target is shown by origin and path alone, whatever the header holds", () => {
  assert.equal(shownLocation('/a?b=1#c', 'http://h:1/x'), 'http://h:1/a');
  assert.equal(shownLocation('https://u:p@else/a', 'http://h:1/x'), 'https://else/a');
  assert.equal(shownLocation('javascript:alert(1)', 'http://h:1/x'), 'javascript:alert(1)');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (location) => /^[^\p{Cc}\u202e]{0,256}$/u.test(shownLocation(location, 'http://h:1/x'))),
  );
});
