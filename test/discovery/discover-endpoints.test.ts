import assert from 'node:assert/strict';
import { test } from 'node:test';
import { discoveredEndpoints, reachable } from '../../src/discovery/discover-endpoints.ts';
import { bytes } from '../../src/model/units.ts';

test("in memgap's own network the process is asked where it listens", () => {
  assert.equal(reachable(['0.0.0.0'], true, []), '127.0.0.1');
  assert.equal(reachable(['::'], true, []), '127.0.0.1');
  assert.equal(reachable(['127.0.0.1'], true, ['10.0.0.7']), '127.0.0.1');
  assert.equal(reachable(['127.0.0.5'], true, []), '127.0.0.5');
  assert.equal(reachable(['::1'], true, []), '[::1]');
  assert.equal(reachable(['192.168.0.9'], true, []), '192.168.0.9');
});

test("in another network only by the pod's address, and never where it listens on its own loopback alone", () => {
  assert.equal(reachable(['0.0.0.0'], false, ['10.0.0.7']), '10.0.0.7');
  assert.equal(reachable(['::'], false, ['fd00::7']), '[fd00::7]');
  assert.equal(reachable(['0.0.0.0'], false, ['fd00::7', '10.0.0.7']), '10.0.0.7');
  assert.equal(reachable(['10.0.0.7'], false, ['10.0.0.7']), '10.0.0.7');
  assert.equal(reachable(['127.0.0.1', '0.0.0.0'], false, ['10.0.0.7']), '10.0.0.7');
  for (const addresses of [['127.0.0.1'], ['::1'], ['10.0.0.8'], []]) assert.equal(reachable(addresses, false, ['10.0.0.7']), undefined);
  assert.equal(reachable(['0.0.0.0'], false, ['fd00::7']), undefined);
  assert.equal(reachable(['0.0.0.0', '::'], false, []), undefined, 'no names, no way in');
  assert.equal(reachable(['000102030405060708090A0B0C0D0E0F'], true, []), undefined);
});

test('only the ports of the rule, only while the process listens there', () => {
  const endpoint = { scheme: 'https', port: 8443, path: '/metrics', tls: { insecureSkipVerify: true }, bodySizeLimit: bytes(7) } as const;
  const listening = (ports: readonly number[]) => ({
    on: (port: number) => (ports.includes(port) ? ['0.0.0.0'] : []),
    isHere: () => false,
  });
  const go = { metrics: endpoint, pprof: { ...endpoint, scheme: 'http', port: 6060, path: '/debug/pprof' } } as const;

  assert.deepEqual(discoveredEndpoints({ go }, listening([8443, 1]), ['10.0.0.7']), {
    metrics: { url: 'https://10.0.0.7:8443/metrics', tls: { insecureSkipVerify: true }, bodySizeLimit: 7 },
  });
  assert.deepEqual(discoveredEndpoints({ go }, listening([]), ['10.0.0.7']), {});
  assert.deepEqual(discoveredEndpoints({ go: {} }, listening([8443]), ['10.0.0.7']), {});
});
