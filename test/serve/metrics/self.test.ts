import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricsPage } from '../../../src/serve/metrics/page.ts';
import { measureSelf, type SelfFigures, selfFamilies } from '../../../src/serve/metrics/self.ts';
import { readExposition } from './exposition.ts';

const self = { version: '0.1.0', revision: 'abc', configLoad: () => ({ successful: false, succeededAt: 12.5 }), stuckReaders: () => 0 };

test('memgap measures itself: sizes of this process, CPU time and start in this life', async () => {
  const figures = await measureSelf(self);
  assert.ok(figures.rss !== undefined && figures.anon !== undefined);
  assert.ok(figures.anon > 1024 * 1024 && figures.anon < figures.rss, `${figures.anon} of ${figures.rss}`);
  assert.ok(figures.cpuSeconds > 0 && figures.cpuSeconds < 3600);
  assert.ok(figures.eventLoopLag >= 0);
  assert.ok(Math.abs(figures.startTime - (Date.now() / 1000 - process.uptime())) < 5);
  assert.equal(figures.nodeVersion, process.version);
});

test('a failed reload shows, with the time of the load that is in force', async () => {
  const { body } = await metricsPage({ targets: [], self: await measureSelf(self) }, undefined);
  const read = readExposition(body, 'text');
  assert.equal(read.get('memgap_config_last_reload_successful')?.samples[0]?.value, 0);
  assert.equal(read.get('memgap_config_last_reload_success_timestamp_seconds')?.samples[0]?.value, 12.5);
});

test('a size that this kernel does not tell is absent', () => {
  const unknown: SelfFigures = {
    ...self,
    nodeVersion: 'v24.0.0',
    configLoad: self.configLoad(),
    stuckReaders: 0,
    rss: undefined,
    anon: undefined,
    cpuSeconds: 0,
    eventLoopLag: 0,
    startTime: 0,
  };
  const absent = selfFamilies.filter(({ values }) => [...values(unknown)].length === 0).map(({ name }) => name);
  assert.deepEqual(absent, ['memgap_self_rss_bytes', 'memgap_self_anon_bytes']);
});
