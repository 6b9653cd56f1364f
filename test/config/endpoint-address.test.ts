import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAddress, redactAddress } from '../../src/config/endpoint-address.ts';
import { runs } from '../runs.ts';

test('http, https and unix: addresses are understood', () => {
  const socketPath = '/run/op.sock';
  assert.deepEqual(parseAddress('http://127.0.0.1:6060/debug/pprof'), { ok: true, value: { url: 'http://127.0.0.1:6060/debug/pprof' } });
  assert.deepEqual(parseAddress('HTTPS://Op.Example'), { ok: true, value: { url: 'https://op.example/' } });
  assert.deepEqual(parseAddress('http://[::1]:80/'), { ok: true, value: { url: 'http://[::1]/' } });
  assert.deepEqual(parseAddress('unix:/run/op.sock:/'), { ok: true, value: { url: 'http://localhost/', socketPath } });
  assert.deepEqual(parseAddress('unix:/run/op.sock:/a:/b'), { ok: true, value: { url: 'http://localhost/a:/b', socketPath } });
});

test('the host of a unix address is always localhost', () => {
  assert.deepEqual(parseAddress('unix:/s:///elsewhere.example/x'), {
    ok: true,
    value: { url: 'http://localhost///elsewhere.example/x', socketPath: '/s' },
  });
  assert.deepEqual(parseAddress('unix:/s:/@elsewhere.example/x'), {
    ok: true,
    value: { url: 'http://localhost/@elsewhere.example/x', socketPath: '/s' },
  });
});

test('an address never carries user info, a query or a fragment, whatever was written', () => {
  const parts = fc.constantFrom(
    'http:',
    'https:',
    'unix:',
    '//',
    '/',
    'a',
    ':',
    '@',
    '?',
    '#',
    '\\',
    '%',
    '.',
    '[',
    ']',
    '1',
    ' ',
    '\n',
    'ü',
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 12 }), (written) => {
      const result = parseAddress(written.join(''));
      if (!result.ok) return;
      const url = new URL(result.value.url);
      assert.equal(`${url.username}${url.password}${url.search}${url.hash}`, '');
      assert.match(url.protocol, /^https?:$/);
    }),
    { numRuns: runs(2000) },
  );
});

test('an address is shown without what may be secret', () => {
  assert.equal(redactAddress('http://u:p@h/x'), 'http://***@h/x');
  assert.equal(redactAddress('http://u:p?@#/@h/x?token=t#f'), 'http://***@h/x');
  assert.equal(redactAddress('u:p@h/x'), '***@h/x');
  assert.equal(redactAddress('ftp://h/x?token=t'), 'ftp://h/x');
  assert.equal(redactAddress('http://h/x'), 'http://h/x');
});
