import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { locate, startPrometheus } from '../programs.ts';

const config = (port: number) => `scrape_configs:
  - job_name: prometheus
    scrape_interval: 1s
    static_configs: [{ targets: ["127.0.0.1:${port}"] }]
`;

test('the fetched Prometheus starts, shows its page, and is gone when it is stopped', async (t) => {
  const program = locate('prometheus');
  if (!program.ok) return t.skip(program.detail);
  const prometheus = await startPrometheus(program.value, config);
  t.after(() => prometheus.stop());

  const page = await (await fetch(`${prometheus.url}/classic/graph`)).text();
  const assets = [...page.matchAll(/(?:src|href)="(\/classic\/static\/[^"]+)"/g)].map(([, path]) => path);
  assert.ok(assets.length > 5, 'the page names its scripts and styles');
  for (const path of assets) assert.equal((await fetch(prometheus.url + path)).status, 200, path);

  await prometheus.stop();
  assert.equal(existsSync(`/proc/${prometheus.pid}`), false);
});

test('a Prometheus with a bad config says why it does not start', async (t) => {
  const program = locate('prometheus');
  if (!program.ok) return t.skip(program.detail);

  await assert.rejects(
    startPrometheus(program.value, () => 'scrape_configs: nonsense'),
    /prometheus: exit code \d+.*cannot unmarshal/s,
  );
});
