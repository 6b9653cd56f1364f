import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { accounts } from '../../scripts/rules/accounts.ts';
import { groups } from '../../scripts/rules/index.ts';
import { isAlerting, type RecordingRule } from '../../scripts/rules/rule.ts';
import { stories } from '../../scripts/rules/stories.ts';
import { causes } from '../../src/causes/index.ts';
import { families } from '../../src/serve/metrics/page.ts';
import { locate } from '../programs.ts';
import { askedBy } from '../promql.ts';
import { field } from './field.ts';

const deploy = fileURLToPath(new URL('../../deploy/', import.meta.url));
const rules = groups.flatMap((group) => group.rules);
const alerts = rules.filter(isAlerting);
const recorded = new Map(rules.filter((rule): rule is RecordingRule => !isAlerting(rule)).map(({ record, expr }) => [record, expr]));
const ofTarget = ['target', 'namespace', 'pod', 'container', 'instance']; // the last from the scrape

for (const name of ['promtool', 'promtool-3.5'] as const) {
  test(`${name} has nothing against the rules that ship, and they do what their stories say`, (t) => {
    const promtool = locate(name);
    if (!promtool.ok) return t.skip(promtool.detail);
    const env = { ...process.env, GOGC: '800' }; // a quarter of the stories' time would be garbage collection
    const run = (...args: readonly string[]) => spawnSync(promtool.value, args, { cwd: `${deploy}prometheus`, encoding: 'utf8', env });
    for (const done of [run('check', 'rules', 'memgap.rules.yml'), run('test', 'rules', 'tests/stories.yml')]) {
      assert.equal(done.status, 0, done.stdout + done.stderr);
    }
  });
}

test('every metric in a rule is one that memgap exports, with labels that it has', () => {
  for (const rule of rules) {
    const { errors, selectors, groupings } = askedBy(rule.expr);
    assert.deepEqual(errors, [], rule.expr);
    const known = selectors.flatMap(({ metric, labels }) => {
      const has = labelsOf(metric);
      for (const label of labels) assert.ok(has.includes(label), `${metric} has no label ${label}: ${rule.expr}`);
      return has;
    });
    assert.ok(selectors.length > 0, rule.expr);
    for (const label of groupings) assert.ok(known.includes(label), `nothing has the label ${label}: ${rule.expr}`);
    if (!isAlerting(rule)) continue;
    const written = Object.values(rule.annotations).join(' ');
    for (const [, label = ''] of written.matchAll(/\$labels\.(\w+)/g)) assert.ok(known.includes(label), `${rule.alert}: ${label}`);
  }
});

test('a recorded floor is read by the group that records it, after it, and by somebody', () => {
  for (const group of groups) {
    const ready = new Set<string>();
    const read = new Set<string>();
    for (const rule of group.rules) {
      for (const { metric } of askedBy(rule.expr).selectors) {
        if (recorded.has(metric)) assert.ok(ready.has(metric), `${metric} is not recorded before, in ${group.name}: ${rule.expr}`);
        read.add(metric);
      }
      if (!isAlerting(rule)) ready.add(rule.record);
    }
    assert.deepEqual(
      [...ready].filter((record) => !read.has(record)),
      [],
    );
  }
});

/** Of a family, or of a rule that records one with all its labels. */
function labelsOf(metric: string): readonly string[] {
  const expr = recorded.get(metric);
  if (expr !== undefined) return askedBy(expr).selectors.flatMap((each) => labelsOf(each.metric));
  const family = families.find(({ name }) => name === metric);
  assert.ok(family, `memgap exports no ${metric}`);
  return [...ofTarget, ...family.labels];
}

test('every runbook that an alert links is that of a cause', () => {
  for (const { name, cause } of accounts) {
    if (cause !== undefined) assert.ok(isCause(cause), `${name}: src/causes/index.ts has no cause ${cause}`);
  }
  const linked = alerts.flatMap(({ annotations }) => /\/causes\/(\w+)\.md$/.exec(annotations.runbook_url)?.[1] ?? []);
  const matched = alerts.flatMap(({ expr }) => [...expr.matchAll(/cause="(\w+)"/g)].map(([, cause = '']) => cause));
  for (const cause of [...linked, ...matched]) assert.ok(isCause(cause), cause);
});

function isCause(name: string): boolean {
  return causes.some((cause) => cause.name === name);
}

test('every alert says what it is, how much, what to do and where to look', () => {
  for (const { alert, expr, annotations } of alerts) {
    for (const [key, text] of Object.entries(annotations)) assert.match(text, /\S/, `${alert}: ${key}`);
    assert.match(annotations.runbook_url, /^https:\/\/[^ ]+\/docs\/(causes\/\w+\.md|alerts\.md#\w+)$/, alert);
    assert.match(annotations.dashboard_url, /^\/d\/memgap-/, alert);
    if (!expr.includes('== 0')) assert.match(annotations.description, /\$value( \| humanize| }} times)/, alert);
  }
});

test('a trend alone never pages', () => {
  const paging = alerts.filter(({ labels }) => labels.severity === 'critical');

  assert.ok(paging.length > 0);
  for (const { expr } of paging) assert.match(expr, /and memgap_oom_headroom_bytes < 0\.1 \* memgap_cgroup_limit_bytes$/);
});

test('every alert has its section in docs/alerts.md, and a story in which it fires', () => {
  const page = readFileSync(new URL('../../docs/alerts.md', import.meta.url), 'utf8');
  const told = new Set(stories.flatMap(({ fires }) => fires.map((each) => each.split(' ')[0])));

  for (const { alert } of alerts) {
    assert.match(page, new RegExp(`^## ${alert}\n\nSeverity: [a-z, ]+\\. \\w`, 'm'));
    assert.ok(told.has(alert), `no story of scripts/rules/stories.ts in which ${alert} fires`);
  }
});

test('the PrometheusRule and the rule file are the same rules', () => {
  const file = parse(readFileSync(`${deploy}prometheus/memgap.rules.yml`, 'utf8'));
  const resource = parse(readFileSync(`${deploy}kubernetes/components/rules/prometheusrule.yaml`, 'utf8'));

  assert.deepEqual(field(resource, 'spec', 'groups'), field(file, 'groups'));
});
