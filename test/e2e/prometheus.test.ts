import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { freePort } from '../../scripts/child.ts';
import { locate, locateLab, type Prometheus, startLab, startPrometheus } from '../programs.ts';
import { readExposition } from '../serve/metrics/exposition.ts';
import { metricsOf, ran, serveMemgap, sum, until, writeConfig } from './memgap.ts';

/** One series of an instant query: its labels and its value. */
interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A Prometheus at one time, in Unix seconds, or now. */
type Asked = Pick<Prometheus, 'url'> & { readonly at?: number };

async function query({ url, at }: Asked, expression: string): Promise<readonly Series[]> {
  const time = at === undefined ? '' : `&time=${at}`;
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}${time}`);
  const { status, data, error } = JSON.parse(await response.text());
  assert.equal(status, 'success', error);
  return data.result.map(({ metric, value }: { metric: Record<string, string>; value: [number, string] }) => ({
    labels: metric,
    value: Number(value[1]),
  }));
}

/** What an expression gives for each target, `undefined` where it gives nothing. */
async function byTarget(prometheus: Asked, expression: string): Promise<Readonly<Record<string, number>>> {
  return Object.fromEntries((await query(prometheus, expression)).map(({ labels, value }) => [labels.target ?? '', value]));
}

test('a real Prometheus scrapes memgap, which watches that Prometheus and a lab, and every book balances there', async (t) => {
  const program = locate('prometheus');
  if (!program.ok) return t.skip(program.detail);
  const labProgram = locateLab('go1.19-cgo');
  if (!labProgram.ok) return t.skip(labProgram.detail);

  const lab = await startLab(labProgram.value);
  t.after(() => lab.stop());
  let prometheus: Prometheus | undefined;
  t.after(() => prometheus?.stop());
  const port = await freePort();
  const file = (prometheusPort: number) =>
    writeConfig(
      'prometheus-test.yml',
      `poll_interval: 1s
targets:
  - name: prometheus
    go: { pprof: "http://127.0.0.1:${prometheusPort}/debug/pprof", metrics: "http://127.0.0.1:${prometheusPort}/metrics" }
    process: { port: ${prometheusPort} }
  - name: lab
    go: { expvar: "http://${lab.address}/debug/vars", pprof: "http://${lab.address}/debug/pprof" }
    process: { pid: ${lab.pid} }
`,
    );
  prometheus = await startPrometheus(
    program.value,
    () => `global: { scrape_interval: 1s }
scrape_configs:
  - job_name: memgap
    static_configs: [{ targets: ["127.0.0.1:${port}"] }]
`,
  );
  const memgap = await serveMemgap(t, ['--config.file', file(prometheus.port), '--web.listen-address', `127.0.0.1:${port}`]);
  const both = ['lab', 'prometheus'];
  let own = { ...prometheus, at: 0 };
  // all is asked as of one time at which it was there: a poll that takes too long on a busy machine leaves a gap later
  await until(async () => {
    own = { ...prometheus, at: Date.now() / 1000 };
    const whole = ['memgap_rss_unexplained_bytes', 'memgap_pss_bytes', 'memgap_cgroup_usage_bytes', 'memgap_rss_mapped_bytes'];
    const expression = `memgap_target_up == 1 and on(target) ${whole.join(' and on(target) ')}`;
    return Object.keys(await byTarget(own, expression)).length === 2;
  });

  await t.test('the scrape is whole', async () => {
    assert.deepEqual(
      (await query(own, 'up{job="memgap"}')).map(({ value }) => value),
      [1],
    );
    assert.ok(((await query(own, 'scrape_samples_scraped{job="memgap"}'))[0]?.value ?? 0) > 50);
    const targets = JSON.parse(await (await fetch(`${own.url}/api/v1/targets`)).text()).data.activeTargets;
    assert.deepEqual(
      targets.map(({ health, lastError }: Record<string, string>) => [health, lastError]),
      [['up', '']],
    );
  });

  const identities = {
    'the Go book is Sys': 'sum by (target) (memgap_go_memory_bytes) - on(target) memgap_go_sys_bytes',
    'the kinds are RSS': 'sum by (target) (memgap_rss_kind_bytes) - on(target) memgap_rss_bytes',
    'the cgroup book is usage': 'sum by (target) (memgap_cgroup_memory_bytes) - on(target) memgap_cgroup_usage_bytes',
    'unexplained is RSS - used': 'memgap_rss_unexplained_bytes - on(target) (memgap_rss_bytes - on(target) memgap_go_used_bytes)',
    'used is Sys - released': 'memgap_go_used_bytes - on(target) (memgap_go_sys_bytes - on(target) memgap_go_released_bytes)',
  };
  for (const [what, expression] of Object.entries(identities)) {
    await t.test(`${what}, to the byte`, async () => {
      assert.deepEqual(await byTarget(own, expression), { lab: 0, prometheus: 0 });
    });
  }

  await t.test('each family of the books is there for both, and is plausible', async () => {
    for (const name of ['go_sys', 'go_used', 'go_released', 'rss', 'rss_peak', 'cgroup_usage', 'cgroup_working_set', 'pss', 'rss_mapped']) {
      const values = await byTarget(own, `memgap_${name}_bytes`);
      assert.deepEqual(Object.keys(values).sort(), both, name);
      for (const value of Object.values(values)) assert.ok(value > 1e5 && value < 1e11, `${name} ${value}`);
    }
    assert.deepEqual(
      (await query(own, 'count by (target, source) (memgap_source_up == 0)')).map(({ labels }) => labels),
      [],
    );
    const [info] = await query(own, 'memgap_target_info{target="prometheus"}');
    assert.match(info?.labels.go_version ?? '', /^go1\./);
  });

  await t.test("memgap's process is the one that listens on the port, and agrees with what Prometheus says of itself", async () => {
    const document = JSON.parse((await memgap.get('/api/v1/ledger?target=prometheus')).body);
    assert.equal(document.target.pid, own.pid);
    assert.equal(document.go.source, 'metrics');
    const [, start] = /^process_start_time_seconds (\S+)$/m.exec(await (await fetch(`${own.url}/metrics`)).text()) ?? [];
    assert.ok(Math.abs(document.target.start_time - Number(start)) <= 0.02);
  });

  await t.test('text and OpenMetrics, each as it is asked for, are right by the letter and show the same', async () => {
    const text = await memgap.get('/metrics');
    assert.match(text.type, /^text\/plain; version=0\.0\.4/);
    // as Prometheus 2.42 sends it
    const accept =
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
    const open = await memgap.get('/metrics', { accept });
    assert.match(open.type, /^application\/openmetrics-text; version=1\.0\.0/);
    const plain = metricsOf(text.body).families;
    assert.deepEqual(
      [...readExposition(open.body, 'openmetrics').keys()],
      [...plain.keys()].map((name) => name.replace(/_total$/, '')),
    );

    for (const target of both) {
      const { value, by } = metricsOf((await memgap.get(`/probe?target=${target}`)).body);
      assert.equal(sum(by('memgap_go_memory_bytes', 'component')), value('memgap_go_sys_bytes'));
      assert.equal(sum(by('memgap_rss_kind_bytes', 'kind')), value('memgap_rss_bytes'));
      assert.equal(sum(by('memgap_cgroup_memory_bytes', 'component')), value('memgap_cgroup_usage_bytes'));
    }
  });

  await t.test('promtool finds nothing to complain about', async (t) => {
    const promtool = locate('promtool');
    if (!promtool.ok) return t.skip(promtool.detail);
    const checked = await ran('sh', ['-c', `printf %s "$PAGE" | '${promtool.value}' check metrics`], {
      PAGE: (await memgap.get('/metrics')).body,
    });
    assert.deepEqual(checked, { code: 0, stdout: '', stderr: '' });
  });

  await t.test('gzip is sent on request, and only then', async () => {
    const plain = await raw(`${memgap.url}/metrics`, {});
    assert.equal(plain.encoding, undefined);
    const packed = await raw(`${memgap.url}/metrics`, { 'accept-encoding': 'gzip' });
    assert.equal(packed.encoding, 'gzip');
    assert.ok(packed.body.length < plain.body.length / 3);
    assert.ok(metricsOf(gunzipSync(packed.body).toString()).families.size > 30);
  });
});

/** A request of node:http, which unpacks nothing. */
function raw(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly encoding: string | undefined; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(chunks) }));
    })
      .on('error', reject)
      .end();
  });
}
