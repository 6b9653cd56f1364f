import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ledgerOf } from '../../../src/books/ledger.ts';
import { found, missing } from '../../../src/model/reading.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import { bytes } from '../../../src/model/units.ts';
import { connectionFamilies } from '../../../src/serve/metrics/connections.ts';
import { families, metricsPage } from '../../../src/serve/metrics/page.ts';
import { type SelfFigures, selfFamilies } from '../../../src/serve/metrics/self.ts';
import { readExposition } from './exposition.ts';
import { emptySnapshot, everyCondition, fullSnapshot, stateOf } from './states.ts';

const openMetrics = 'application/openmetrics-text;version=1.0.0';
const self: SelfFigures = {
  version: '0.1.0',
  revision: '0123abc',
  nodeVersion: 'v24.21.0',
  configLoad: { successful: true, succeededAt: 1715128000 },
  stuckReaders: 0,
  rss: 65011712,
  anon: 22020096,
  cpuSeconds: 1.25,
  eventLoopLag: 0.0005,
  startTime: 1715127999.5,
  connections: { open: 3, limit: 256, closed: new Map([['slow_request', 2]]) },
};

describe('the golden page', () => {
  for (const [format, file, accept] of [
    ['text', 'metrics.prom', 'text/plain'],
    ['openmetrics', 'metrics.openmetrics', openMetrics],
  ] as const) {
    test(`${format} is what it was (UPDATE_GOLDEN=1 writes it anew)`, async () => {
      const { body } = await metricsPage({ targets: everyCondition, self }, accept);
      const golden = new URL(`../../golden/${file}`, import.meta.url);
      if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(golden, body);
      assert.equal(body, readFileSync(golden, 'utf8'));
    });

    test(`${format} is read by a strict reader, with every family that memgap has`, async () => {
      const { body } = await metricsPage({ targets: everyCondition, self }, accept);
      const read = readExposition(body, format);
      const names = [...families, ...selfFamilies, ...connectionFamilies].map(({ name, type }) =>
        format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name,
      );
      assert.deepEqual([...read.keys()], names);
    });
  }

  test('promtool has nothing against it', async (t) => {
    const promtool = promtoolPath();
    if (promtool === undefined) return t.skip('no promtool: run scripts/toolchain.sh prometheus');
    const { body } = await metricsPage({ targets: everyCondition, self }, undefined);
    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input: body, encoding: 'utf8' });
    assert.equal(`${stdout}${stderr}`, '');
    assert.equal(status, 0);
  });

  test('both formats say the same', async () => {
    const text = readExposition((await metricsPage({ targets: everyCondition, self }, undefined)).body, 'text');
    const open = readExposition((await metricsPage({ targets: everyCondition, self }, openMetrics)).body, 'openmetrics');
    const samples = (read: typeof text) => [...read.values()].flatMap((family) => family.samples);
    assert.deepEqual(samples(open), samples(text));
  });
});

describe('the format by Accept', () => {
  const cases: ReadonlyArray<readonly [who: string, accept: string | undefined, type: 'text/plain' | 'application/openmetrics-text']> = [
    ['no header', undefined, 'text/plain'],
    ['curl', '*/*', 'text/plain'],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/plain'],
    [
      'Prometheus 2.42',
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'application/openmetrics-text',
    ],
    [
      'Prometheus 3',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
      'application/openmetrics-text',
    ],
    [
      'Prometheus with protobuf first',
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0;q=0.4',
      'text/plain',
    ],
    ['OpenMetrics refused', 'application/openmetrics-text;q=0, text/plain;q=0.1', 'text/plain'],
    ['an OpenMetrics that memgap does not print', 'application/openmetrics-text;version=0.0.1', 'text/plain'],
    ['nonsense', ';;,q=,;q=x,application/openmetrics-text;q=nan', 'text/plain'],
  ];
  for (const [who, accept, type] of cases) {
    test(`${who}: ${type}`, async () => {
      const { contentType, body } = await metricsPage({ targets: [], self }, accept);
      assert.ok(contentType.startsWith(`${type};`), contentType);
      assert.equal(body.endsWith('# EOF\n'), type !== 'text/plain');
    });
  }
});

describe('what is not known', () => {
  test('has no sample: a target of which nothing is known but that it is up', async () => {
    const read = await page(stateOf(emptySnapshot, { condition: 'down' }));
    assert.deepEqual([...read.keys()], ['memgap_target_up', 'memgap_target_restarts_total']);
    assert.equal(value(read, 'memgap_target_up'), 0);
  });

  test('a target that memgap waits for is neither up nor down', async () => {
    const read = await page(stateOf(fullSnapshot, { condition: 'waiting', ledger: undefined }));
    assert.deepEqual([...read.keys()], ['memgap_target_restarts_total']);
  });

  test('a stale target is down and keeps only its counters', async () => {
    const errors = new Map([['status', new Map([['gone', 2] as const])]]);
    const read = await page(stateOf(fullSnapshot, { ledger: undefined, errors }));
    assert.deepEqual([...read.keys()], ['memgap_target_up', 'memgap_target_restarts_total', 'memgap_source_errors_total']);
    assert.equal(value(read, 'memgap_target_up'), 0);
  });

  const gaps: ReadonlyArray<readonly [gap: Partial<Snapshot>, absent: RegExp]> = [
    [
      { go: missing('timeout', '') },
      /^memgap_go_|unexplained|rss_component|rss_unattributed|attribution_error|by_elimination|not_resident|released_resident/,
    ],
    [
      { status: missing('gone', '') },
      /rss_component|rss_unattributed|attribution_error|by_elimination|not_resident|released_resident|^memgap_rss_(bytes|kind|peak|unexplained)|swap_bytes$(?<!cgroup_swap_bytes)|page_tables_bytes|memgap_(locked|pinned|hugetlb)_bytes/,
    ],
    [
      { rollup: missing('denied', '') },
      /mapped|lazyfree|hugepages|pss|mappings_timestamp|rss_component|rss_unattributed|attribution_error|by_elimination|not_resident|released_resident/,
    ],
    [{ cgroup: missing('denied', '') }, /^memgap_cgroup_(?!events|pressure)|headroom/],
    [{ events: missing('denied', '') }, /events/],
    [{ pressure: missing('unsupported', '') }, /pressure/],
    [{ others: missing('denied', '') }, /other_processes/],
    [{ activity: missing('denied', '') }, /major_faults|disk_read/],
    [{ bracket: missing('timeout', '') }, /skew|stable/],
  ];
  for (const [gap, absent] of gaps) {
    test(`without ${Object.keys(gap).join()} there is no ${absent}`, async () => {
      const whole = await page(stateOf(fullSnapshot));
      const read = await page(stateOf({ ...fullSnapshot, ...gap }));
      assert.ok([...whole.keys()].some((name) => absent.test(name)));
      assert.deepEqual(
        [...read.keys()],
        [...whole.keys()].filter((name) => !absent.test(name)),
      );
    });
  }

  test('a setting that is off is absent, and so is one that is unknown', async () => {
    assert.ok(fullSnapshot.go.ok);
    const { memstats } = fullSnapshot.go.value;
    for (const go of [{ memstats, memoryLimit: 'off', gogc: 'off' } as const, { memstats }]) {
      const read = await page(stateOf({ ...fullSnapshot, go: found(go) }));
      assert.equal(read.has('memgap_go_memory_limit_bytes'), false);
      assert.equal(read.has('memgap_go_gogc_ratio'), false);
    }
  });

  test('very old Go leaves its unsplit bytes in unattributed, so that the parts still add up', async () => {
    assert.ok(fullSnapshot.go.ok);
    const memstats = { ...fullSnapshot.go.value.memstats, gcSys: undefined, otherSys: undefined };
    const read = await page(stateOf({ ...fullSnapshot, go: found({ memstats }) }));
    const parts = read.get('memgap_go_memory_bytes')?.samples ?? [];
    assert.equal(parts.find(({ labels }) => labels.component === 'unattributed')?.value, 4930776 + 1785473);
    assert.equal(
      parts.reduce((sum, part) => sum + part.value, 0),
      value(read, 'memgap_go_sys_bytes'),
    );
  });

  test('the resident set by the word of the target has its source named', async () => {
    assert.ok(fullSnapshot.go.ok);
    const go = found({ ...fullSnapshot.go.value, residentMemory: bytes(79495168) });
    const read = await page(stateOf({ ...fullSnapshot, go, status: missing('denied', '') }));
    assert.equal(value(read, 'memgap_rss_bytes'), 79495168);
    assert.deepEqual(
      read.get('memgap_book_source_info')?.samples.map(({ labels }) => `${labels.book}: ${labels.source}`),
      ['go: pprof_heap', 'rss: metrics', 'cgroup: cgroup'],
    );
  });
});

test('the rung of the ladder: what the RSS book was made from', async () => {
  const denied = missing('denied', '');
  for (const [known, source] of [
    [{}, 'smaps_rollup'],
    [{ rollup: denied }, 'status'],
  ] as const) {
    const read = await page(stateOf(fullSnapshot, { ledger: ledgerOf({ ...fullSnapshot, ...known }, denied) }));
    const labels = read.get('memgap_book_source_info')?.samples.map((sample) => sample.labels) ?? [];
    assert.equal(labels.find(({ book }) => book === 'rss')?.source, source);
  }
});

test('hostile text of a target stays inside its label, visible and at most 128 characters', async () => {
  const hostile = `go1.22"}\n# HELP x\u202e<script>\\\x1b[31m${'a'.repeat(300)}`;
  const build = found({ goVersion: hostile, mainModule: '\ud800', goarch: 'amd64', cgo: undefined, instrumented: false });
  for (const [format, accept] of [
    ['text', undefined],
    ['openmetrics', openMetrics],
  ] as const) {
    const { body } = await metricsPage({ targets: [stateOf({ ...fullSnapshot, build })], self: undefined }, accept);
    const labels = readExposition(body, format).get('memgap_target_info')?.samples[0]?.labels;
    assert.equal(labels?.go_version?.length, 128);
    assert.ok(labels?.go_version?.startsWith('go1.22"}\\x0a# HELP x\\u202e<script>\\\\x1b[31m'));
    assert.equal(labels?.main_module, '\\ud800');
    assert.equal(labels !== undefined && 'cgo' in labels, false);
  }
});

test('no family has a label that it did not declare', () => {
  for (const { name, labels, values } of families) {
    for (const state of everyCondition) {
      for (const sample of values(state)) {
        for (const label of Object.keys(sample.labels)) assert.ok(labels.includes(label), `${name} has ${label}`);
      }
    }
  }
});

async function page(state: ReturnType<typeof stateOf>): Promise<ReturnType<typeof readExposition>> {
  return readExposition((await metricsPage({ targets: [state], self: undefined }, undefined)).body, 'text');
}

function value(read: ReturnType<typeof readExposition>, name: string): number | undefined {
  return read.get(name)?.samples[0]?.value;
}

function promtoolPath(): string | undefined {
  const cache = process.env.MEMGAP_CACHE ?? fileURLToPath(new URL('../../.cache', import.meta.url));
  return [`${cache}/debian/prometheus/usr/bin/promtool`, '/usr/bin/promtool'].find((path) => existsSync(path));
}
