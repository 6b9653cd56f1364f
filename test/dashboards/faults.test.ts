import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dashboards } from '../../scripts/dashboards/index.ts';
import { dashboardOf, readDashboard } from '../../scripts/dashboards/read.ts';
import { dashboardFaults } from './faults.ts';

const folder = join(import.meta.dirname, '../../deploy/grafana');
const text = readFileSync(join(folder, 'memgap-target.json'), 'utf8');

for (const name of Object.keys(dashboards)) {
  test(`${name} has no fault`, () => {
    const dashboard = readDashboard(name);

    assert.deepEqual(dashboardFaults(dashboard), []);
    assert.equal(dashboard.uid, name);
  });
}

test('every file is a dashboard of the list, and goes into the ConfigMap, which kubectl can apply', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  const kustomization = readFileSync(join(folder, 'kustomization.yaml'), 'utf8');

  assert.deepEqual(
    files.sort(),
    Object.keys(dashboards)
      .map((name) => `${name}.json`)
      .sort(),
  );
  for (const file of files) assert.match(kustomization, new RegExp(`^ +- ${file}$`, 'm'));
  // an annotation holds what was applied last, as JSON in JSON, and 256 KiB is the most
  const applied = JSON.stringify(files.map((file) => readFileSync(join(folder, file), 'utf8')));
  assert.ok(applied.length < 240 * 1024, `${applied.length}`);
});

/** A change of the text of Target, and the fault that must be found. */
const faulty: ReadonlyArray<readonly [what: string, from: string | RegExp, to: string, fault: RegExp]> = [
  [
    'a metric that memgap does not export',
    'memgap_go_used_bytes',
    'memgap_go_usd_bytes',
    /^Used by Go A: memgap does not export memgap_go_usd_bytes$/,
  ],
  ['a rate of a gauge', '"min_over_time(memgap_rss_bytes', '"rate(memgap_rss_bytes', /: a rate of the gauge memgap_rss_bytes$/],
  ['a counter as it is', 'rate(memgap_cgroup_pressure_w', 'min_over_time(memgap_cgroup_pressure_w', /is a counter, and shown as it is$/],
  ['no PromQL', 'time() - memgap_target', 'time( - memgap_target', /^Up for A: no PromQL/],
  [
    'a variable of nothing',
    '"label_values(memgap_target_up, namespace)",\n    "refresh"',
    '"label_values(memgap_up, namespace)",\n    "refresh"',
    /^variable namespace: memgap does not export memgap_up$/,
  ],
  ['a label that the family lacks', 'component=\\"heap_live\\"', 'componnt=\\"heap_live\\"', /has no label componnt$/],
  ['a group by a label that nothing has', 'max by (cause)', 'max by (causes)', /groups by causes, which nothing has$/],
  ['a variable that is not there', 'target=\\"$target\\"', 'target=\\"$taget\\"', /no value for the variable taget/],
  [
    'a function that only some Prometheus know',
    'min_over_time(',
    'double_exponential_smoothing(',
    /double_exponential_smoothing is not in every Prometheus$/,
  ],
  ['a panel without a word on what is bad', 'Bad: near the limit.', '', /^RSS: its description does not say what a bad picture/],
  ['a query without a legend', '"legendFormat": "skew"', '"legendFormat": ""', /^Moved while it was read: query A has no legend$/],
  ['no unit', '"unit": "bytes"', '"unit": ""', /: no unit$/],
  ['an id twice', '"id": 5\n', '"id": 4\n', /^id 4 twice$/],
  ['a title twice', '"title": "Goroutines and threads"', '"title": "Attribution error"', /^title Attribution error twice$/],
  ['a refId twice', /"refId": "B"/, '"refId": "A"', /: query A twice$/],
  ['to be edited', '"editable": false', '"editable": true', /^editable$/],
  [
    'a data source of its own',
    '"uid": "$' + '{datasource}"\n   },\n   "fieldConfig"',
    '"uid": "mine"\n   },\n   "fieldConfig"',
    /: not the data source of the variable$/,
  ],
  ['a link that forgets', '"includeVars": true', '"includeVars": false', /^a link loses variables or time$/],
  ['a panel over another', '"x": 12', '"x": 11', /lies over/],
];
for (const [what, from, to, fault] of faulty) {
  test(`a fault that is found: ${what}`, () => {
    const changed = text.replace(from, () => to);
    assert.notEqual(changed, text);

    const faults = dashboardFaults(dashboardOf(changed));
    assert.ok(
      faults.some((each) => fault.test(each)),
      faults.join('\n'),
    );
  });
}
