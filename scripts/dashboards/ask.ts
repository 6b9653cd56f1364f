import { interpolate, type Span, type Variables } from './interpolate.ts';
import type { PanelQuery } from './read.ts';

/** What a query gives: a line each, with its labels, its legend, and pairs of Unix seconds and value. */
export type Figures = ReadonlyArray<{
  readonly labels: Readonly<Record<string, string>>;
  readonly legend: string;
  readonly values: ReadonlyArray<readonly [at: number, value: number]>;
}>;

/** Asks a Prometheus what Grafana would ask for a panel; the range ends at `end` (Unix seconds). Rejects with Prometheus's own words. */
export async function ask(
  url: string,
  query: PanelQuery | undefined,
  variables: Variables,
  span: Span,
  end = Date.now() / 1000,
): Promise<Figures> {
  if (query === undefined) throw new Error('no such query');
  const expression = interpolate(query.expr, variables, span);
  const [path, when] = query.instant
    ? ['query', { time: String(end) }]
    : ['query_range', { start: String(end - span.range), end: String(end), step: String(span.step) }];
  const response = await fetch(`${url}/api/v1/${path}`, { method: 'POST', body: new URLSearchParams({ query: expression, ...when }) });
  const { status, error, data } = JSON.parse(await response.text());
  if (status !== 'success') throw new Error(`${expression}: ${error}`);
  const found: readonly Found[] = data.result;
  return found.map(({ metric, value, values = value === undefined ? [] : [value] }) => ({
    labels: metric,
    legend: query.legendFormat.replace(/\{\{ *(\w+) *\}\}/g, (_, label: string) => metric[label] ?? ''),
    values: values.map(([at, text]) => [at, Number(text)] as const),
  }));
}

interface Found {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: ReadonlyArray<readonly [number, string]>;
}
