import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiscoveryState } from '../../../src/model/discovery.ts';
import { found, type Missing, missing } from '../../../src/model/reading.ts';
import { metricsPage } from '../../../src/serve/metrics/page.ts';
import { measureSelf } from '../../../src/serve/metrics/self.ts';
import { readExposition } from './exposition.ts';

async function pageOf(discovery: DiscoveryState | undefined) {
  const self = {
    version: '0.1.0',
    revision: 'abc',
    configLoad: () => ({ successful: true, succeededAt: 1 }),
    stuckReaders: () => 0,
    discovery: () => discovery,
  };
  const { body } = await metricsPage({ targets: [], self: await measureSelf(self) }, undefined);
  const families = readExposition(body, 'text');
  return (name: string) => families.get(name)?.samples.map(({ value, labels }) => [value, ...Object.values(labels)]);
}

test('the discovery, and how the API server did', async () => {
  const last = { seen: 90, unread: 2, leftOut: 3, seconds: 0.01 };
  const errors = new Map<Missing, number>([['unauthorized', 4]]);
  const page = await pageOf({ targets: 7, last: { ...last, api: { last: missing('unauthorized', 'HTTP 403'), errors } } });
  assert.deepEqual(page('memgap_discovery_targets'), [[7]]);
  assert.deepEqual(page('memgap_discovery_left_out'), [[3]]);
  assert.deepEqual(page('memgap_discovery_processes'), [[90]]);
  assert.deepEqual(page('memgap_discovery_unreadable_processes'), [[2]]);
  assert.deepEqual(page('memgap_discovery_duration_seconds'), [[0.01]]);
  assert.deepEqual(page('memgap_kubernetes_api_up'), [[0]]);
  assert.deepEqual(page('memgap_kubernetes_api_errors_total'), [[4, 'unauthorized']]);
  assert.deepEqual(
    (await pageOf({ targets: 0, last: { ...last, api: { last: found(undefined), errors: new Map() } } }))('memgap_kubernetes_api_up'),
    [[1]],
  );
});

test('what is not configured, or not known yet, is absent', async () => {
  const before = await pageOf({ targets: 0, last: undefined });
  assert.deepEqual(before('memgap_discovery_targets'), [[0]]);
  for (const name of ['memgap_discovery_left_out', 'memgap_discovery_processes', 'memgap_kubernetes_api_up'])
    assert.equal(before(name), undefined, name);
  assert.equal((await pageOf(undefined))('memgap_discovery_targets'), undefined);
  const unasked = await pageOf({
    targets: 0,
    last: { seen: 1, unread: 0, leftOut: 0, seconds: 0, api: { last: undefined, errors: new Map() } },
  });
  assert.equal(unasked('memgap_kubernetes_api_up'), undefined);
});
