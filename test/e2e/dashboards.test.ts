import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ask, type Figures } from '../../scripts/dashboards/ask.ts';
import { dashboards } from '../../scripts/dashboards/index.ts';
import type { Variables } from '../../scripts/dashboards/interpolate.ts';
import { readDashboard } from '../../scripts/dashboards/read.ts';
import { markOf } from '../../scripts/pictures/marks.ts';
import { goProgram } from '../discovery/go-programs.ts';
import { startApi } from '../discovery/kubernetes/api-server.ts';
import { makeGroup } from '../kernel/cgroup/groups.ts';
import { type Lab, locate, type Prometheus, startPrometheus } from '../programs.ts';
import { metricsOf, serveMemgap, until, writeConfig } from './memgap.ts';

const mebibyte = 1024 * 1024;
const span = { range: 20, step: 2, rate: 8 };
const all = { namespace: '.*', pod: '.*', instance: '.*' };
const uid = '6d3f9a1e-7b2d-4e6f-8a90-1b2c3d4e5f61';

/** What the dashboards are set to, for each way to be scraped. */
const shapes: Readonly<Record<string, Variables>> = {
  'a sidecar, by its pod': { namespace: 'shop', pod: 'operator-5b', instance: '.*', target: 'manager' },
  'node mode, by the names that memgap gave': { namespace: 'shop', pod: 'operator-0', instance: '.*', target: 'shop/operator-0/manager' },
  'a host, which has no pods': { ...all, instance: 'host-1', target: 'manager' },
};

/** Queries that give nothing here, and rightly: all of these metrics, in this shape or in any. */
const empty: ReadonlyArray<{ readonly of: RegExp; readonly shape?: keyof typeof shapes; readonly why: string }> = [
  { of: /memgap_cgroup_pressure_/, why: 'cgroup v1 has no memory.pressure' },
  { of: /memgap_(discovery|kubernetes)_/, shape: 'a host, which has no pods', why: 'that memgap discovers nothing' },
  { of: /memgap_source_up\{.*== 0/, shape: 'node mode, by the names that memgap gave', why: 'every source there can be read' },
];

for (const name of ['prometheus', 'prometheus-3.5'] as const) {
  test(`every query of every panel, asked of a real ${name}: no error, and not empty`, async (t) => {
    const program = locate(name);
    if (!program.ok) return t.skip(program.detail);
    const prometheus = await scraping(t, program.value);
    if (prometheus === undefined) return;

    for (const board of Object.keys(dashboards)) {
      for (const [shape, variables] of Object.entries(shapes)) {
        await t.test(`${board}, ${shape}`, async () => {
          const asked = await allOf(prometheus, board, variables);
          const nothing = asked.filter(({ figures, expr }) => figures.length === 0 && !isRightlyEmpty(shape, expr));

          assert.ok(asked.length > 15);
          assert.deepEqual(
            nothing.map(({ where }) => where),
            [],
          );
        });
      }
    }

    await t.test('the three shapes give one process each, and a legend says which', async () => {
      const [resident] = readDashboard('memgap-overview').panels.filter(({ title }) => title === 'Resident memory, the ten largest');
      const figures = await ask(prometheus.url, resident?.queries[0], all, span);
      const names = new Set(figures.map(({ legend }) => legend));

      for (const each of ['shop/operator-5b/manager', 'shop/operator-0/manager', 'manager']) assert.ok(names.has(each), [...names].join());
    });

    await t.test('a new process is marked at its start, and without an OOM kill there is no mark', async () => {
      for (const variables of Object.values(shapes)) {
        const at = new Map<string, readonly number[]>();
        for (const annotation of readDashboard('memgap-target').annotations) {
          const figures = await ask(prometheus.url, { refId: 'A', legendFormat: '', instant: false, ...annotation }, variables, span);
          at.set(annotation.name, markOf(annotation, figures, span.step).at);
        }
        const started = at.get('New process');
        const ago = Date.now() / 1000 - (started?.[0] ?? Number.NaN);

        assert.ok(started?.length === 1 && ago > 0 && ago < 300, `${started}`);
        assert.deepEqual(at.get('OOM kill'), []);
      }
    });

    await t.test('a target that is not chosen is not shown', async () => {
      const [processes] = readDashboard('memgap-target').panels;
      for (const variables of Object.values(shapes)) {
        const [figure] = await ask(prometheus.url, processes?.queries[0], variables, span);
        assert.equal(figure?.values.at(-1)?.[1], 1);
      }
    });
  });
}

function isRightlyEmpty(shape: string, expression: string): boolean {
  return empty.some((each) => each.of.test(expression) && (each.shape ?? shape) === shape);
}

async function allOf(prometheus: Prometheus, board: string, variables: Variables) {
  const asked: Array<{ readonly where: string; readonly expr: string; readonly figures: Figures }> = [];
  for (const { title, queries } of readDashboard(board).panels) {
    for (const query of queries) {
      asked.push({ where: `${title} ${query.refId}`, expr: query.expr, figures: await ask(prometheus.url, query, variables, span) });
    }
  }
  return asked;
}

/** A Prometheus that scrapes one memgap in node mode and one as sidecar and as on a host; both watch labs in groups with a limit. */
async function scraping(t: TestContext, prometheusProgram: string): Promise<Prometheus | undefined> {
  const program = goProgram(t);
  if (!program.ok) return skipped(t, program.detail);
  const api = await startApi(t);
  if (!api.ok) return skipped(t, api.detail);
  const top = makeGroup(t, 'boards');
  if (!top.ok) return skipped(t, top.detail);
  const pod = makeGroup(t, `pod${uid}`, top.value);
  assert.ok(pod.ok);
  const id = '2a'.repeat(32);
  const group = makeGroup(t, id, pod.value);
  assert.ok(group.ok);
  writeFileSync(join(group.value.directory, 'memory.limit_in_bytes'), String(256 * mebibyte));
  api.value.pods = [{ namespace: 'shop', name: 'operator-0', uid, ip: '127.0.0.1', containers: { manager: id } }];
  const lab = await program.value.start(undefined, { GOMEMLIMIT: '200MiB' });
  group.value.add(lab.pid);
  for (const path of ['/grow?mib=40', '/drop', '/gc', '/goroutines?n=50']) await lab.ask(path);
  const port = portOf(lab);

  const node = await serveMemgap(t, [
    '--config.file',
    writeConfig(
      `node-${process.hrtime.bigint()}.yml`,
      JSON.stringify({
        poll_interval: '1s',
        discovery: {
          interval: '1s',
          rules: [{ exe: program.value.name, go: { pprof: port, metrics: { port, path: '/go-metrics' } } }],
          kubernetes: {
            node_name: 'worker-1',
            api: {
              url: api.value.url,
              authorization: { credentials_file: api.value.tokenFile },
              tls_config: { ca_file: api.value.caFile },
            },
          },
        },
      }),
    ),
  ]);
  const plain = await serveMemgap(t, [
    '--config.file',
    writeConfig(
      `plain-${process.hrtime.bigint()}.yml`,
      JSON.stringify({
        poll_interval: '1s',
        targets: [
          {
            name: 'manager',
            go: { pprof: `http://${lab.address}/debug/pprof`, metrics: `http://${lab.address}/go-metrics` }, // which alone tell GOMEMLIMIT
            process: { pid: lab.pid },
          },
          { name: 'silent', go: { pprof: 'http://127.0.0.1:1/debug/pprof' }, process: { pid: process.pid } }, // a source that fails
        ],
      }),
    ),
  ]);
  for (const memgap of [node, plain]) {
    await until(
      async () => metricsOf((await memgap.get('/metrics')).body).families.get('memgap_rss_attribution_error_ratio') !== undefined,
    );
  }
  const [nodeAddress, plainAddress] = [node, plain].map(({ url }) => url.replace('http://', ''));
  const prometheus = await startPrometheus(prometheusProgram, () =>
    JSON.stringify({
      global: { scrape_interval: '1s' },
      scrape_configs: [
        {
          job_name: 'memgap-node',
          honor_labels: true,
          static_configs: [{ targets: [nodeAddress], labels: { namespace: 'monitoring', pod: 'memgap-x', container: 'memgap' } }],
        },
        {
          job_name: 'memgap',
          static_configs: [{ targets: [plainAddress], labels: { namespace: 'shop', pod: 'operator-5b', container: 'memgap' } }],
        },
        { job_name: 'host', static_configs: [{ targets: [plainAddress], labels: { instance: 'host-1' } }] },
      ],
    }),
  );
  t.after(() => prometheus.stop());
  const scrapes = { refId: 'A', expr: 'min(count_over_time(memgap_build_info[1h]))', legendFormat: '', instant: true };
  await until(async () => ((await ask(prometheus.url, scrapes, {}, span))[0]?.values[0]?.[1] ?? 0) >= 4);
  return prometheus;
}

function skipped(t: TestContext, why: string): undefined {
  t.skip(why);
}

function portOf({ address }: Lab): number {
  return Number(address.split(':').at(-1));
}
