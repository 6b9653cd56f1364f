import { interpolate } from '../../scripts/dashboards/interpolate.ts';
import type { ReadDashboard, ReadPanel } from '../../scripts/dashboards/read.ts';
import { connectionFamilies } from '../../src/serve/metrics/connections.ts';
import { discoveryFamilies } from '../../src/serve/metrics/discovery.ts';
import { families } from '../../src/serve/metrics/page.ts';
import { selfFamilies } from '../../src/serve/metrics/self.ts';
import { askedBy } from '../promql.ts';

interface Exported {
  readonly type: string;
  readonly labels: ReadonlySet<string>;
}

/** What memgap exports, with the labels that it has once it was scraped: a sidecar's own from the scrape, in node mode from memgap. */
const scraped = ['instance', 'job', 'namespace', 'pod', 'container'];
const exported = new Map<string, Exported>([
  ...families.map(({ name, type, labels }) => [name, { type, labels: new Set([...scraped, 'target', ...labels]) }] as const),
  ...[...selfFamilies, ...connectionFamilies, ...discoveryFamilies].map(
    ({ name, type, labels }) => [name, { type, labels: new Set([...scraped, ...labels]) }] as const,
  ),
]);
const ofCounters = new Set(['rate', 'irate', 'increase', 'resets']);
const gone = new Set(['holt_winters', 'double_exponential_smoothing']); // one is not known to Prometheus 3, the other not to 2

/** What is wrong with a dashboard, one line each. */
export function dashboardFaults(dashboard: ReadDashboard): readonly string[] {
  const { uid, title, editable, variables, annotations, links, panels, ids } = dashboard;
  const faults: string[] = [];
  if (!/^memgap-[a-z]+$/.test(uid)) faults.push(`no uid of memgap's: ${uid}`);
  if (title === '') faults.push('no title');
  if (editable) faults.push('editable');
  if (variables.filter(({ type }) => type === 'datasource').length !== 1) faults.push('not one variable for the data source');
  if (links.some(({ includeVars, keepTime }) => !includeVars || !keepTime) || links.length === 0)
    faults.push('a link loses variables or time');
  for (const id of twice(ids)) faults.push(`id ${id} twice`);
  for (const each of twice(panels.map((panel) => panel.title))) faults.push(`title ${each} twice`);
  const values = Object.fromEntries(variables.map(({ name }) => [name, 'x']));
  const ask = (where: string, expression: string) => faults.push(...queryFaults(values, expression).map((fault) => `${where}: ${fault}`));
  for (const panel of panels) {
    faults.push(...panelFaults(panel).map((fault) => `${panel.title}: ${fault}`));
    for (const { refId, expr } of panel.queries) ask(`${panel.title} ${refId}`, expr);
  }
  for (const { name, expr } of annotations) ask(name, expr);
  for (const { name, definition } of variables) {
    if (definition !== undefined) ask(`variable ${name}`, /^label_values\((.*), \w+\)$/.exec(definition)?.[1] ?? definition);
  }
  return [...faults, ...overlaps(panels)];
}

function panelFaults({ description, unit, datasource, queries, overrides }: ReadPanel): readonly string[] {
  const faults: string[] = [];
  if (!/\bbad\b/i.test(description ?? '')) faults.push('its description does not say what a bad picture looks like');
  if (unit === undefined || unit === '') faults.push('no unit');
  if (datasource !== '$' + '{datasource}') faults.push('not the data source of the variable');
  if (queries.length === 0) faults.push('no query');
  for (const refId of twice(queries.map((each) => each.refId))) faults.push(`query ${refId} twice`);
  for (const { refId, legendFormat } of queries) {
    if (!/^[A-Z]$/.test(refId ?? '')) faults.push('a query without refId');
    if ((legendFormat ?? '') === '') faults.push(`query ${refId} has no legend`);
  }
  for (const { matcher } of overrides) {
    if (matcher.id === 'byFrameRefID' && !queries.some(({ refId }) => refId === matcher.options))
      faults.push(`no query ${matcher.options}`);
  }
  return faults;
}

/** What is wrong with PromQL that has Grafana's variables; `variables` are those of the dashboard. */
function queryFaults(variables: Readonly<Record<string, string>>, expression: string): readonly string[] {
  let text: string;
  try {
    text = interpolate(expression, variables, { range: 3600, step: 15, rate: 60 });
  } catch (error) {
    return [String(error)];
  }
  const { errors, selectors, calls, groupings } = askedBy(text);
  const faults = errors.map((piece) => `no PromQL: ${piece}`);
  const labels = new Set(selectors.flatMap(({ metric }) => [...(exported.get(metric)?.labels ?? [])]));
  if (selectors.length === 0) faults.push('asks for no metric');
  for (const { metric, labels: matched } of selectors) {
    const known = exported.get(metric);
    if (known === undefined) faults.push(`memgap does not export ${metric}`);
    for (const label of matched) if (known?.labels.has(label) === false) faults.push(`${metric} has no label ${label}`);
    const counted = calls.some(({ name, metrics }) => ofCounters.has(name) && metrics.includes(metric));
    if (known?.type === 'counter' && !counted) faults.push(`${metric} is a counter, and shown as it is`);
    if (known?.type === 'gauge' && counted) faults.push(`a rate of the gauge ${metric}`);
  }
  for (const { name } of calls) if (gone.has(name)) faults.push(`${name} is not in every Prometheus`);
  for (const label of groupings) if (!labels.has(label)) faults.push(`groups by ${label}, which nothing has`);
  return faults;
}

function overlaps(panels: readonly ReadPanel[]): readonly string[] {
  return panels.flatMap((one, i) =>
    panels
      .slice(i + 1)
      .filter(({ place: b }) => {
        const a = one.place;
        return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
      })
      .map((other) => `${one.title} lies over ${other.title}`),
  );
}

function twice<T>(values: readonly T[]): readonly T[] {
  return values.filter((value, i) => values.indexOf(value) !== i);
}
