import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { runbookUrl } from '../rules/links.ts';
import { type About, type MadePanel, query, refId, source } from './panels.ts';

interface Column {
  readonly expression: string;
  readonly title: string;
  readonly unit: About['unit'];
}

interface TableOptions extends Omit<About, 'unit'> {
  /** Joined by their labels; the first decides the order. */
  readonly columns: readonly [Column, ...Column[]];
  /** Labels in the order of their columns; others are hidden. */
  readonly labels: readonly string[];
  readonly order?: 'highest first' | 'lowest first';
  readonly height?: number;
  /** What stands there without a row. */
  readonly otherwise?: string;
}

/** Rows as they are now, the worst first; the name of a target leads to the dashboard Target, a cause to its runbook. */
export function table(options: TableOptions): MadePanel {
  const { title, description, width, columns, labels, order = 'highest first', height = 8, otherwise = '' } = options;
  const panel = new PanelBuilder()
    .title(title)
    .description(description)
    .datasource(source)
    .unit('short')
    .span(width)
    .height(height)
    .noValue(otherwise)
    .sortBy([new TableSortByFieldStateBuilder().displayName(columns[0].title).desc(order === 'highest first')])
    .targets(columns.map((column, i) => query(column.expression, i).legendFormat(column.title).instant().format(PromQueryFormat.Table)))
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries([...labels, ...columns.map((_, i) => fieldOf(i, columns.length))].map((name, i) => [name, i])),
        renameByName: Object.fromEntries(columns.map((column, i) => [fieldOf(i, columns.length), column.title])),
      },
    });
  for (const column of columns) panel.overrideByName(column.title, [{ id: 'unit', value: column.unit }]);
  if (labels.includes('target')) panel.overrideByName('target', [toTarget()]);
  if (labels.includes('cause'))
    panel.overrideByName('cause', [{ id: 'links', value: [{ title: 'What to do', url: runbookUrl('$' + '{__value.raw}') }] }]);
  return panel;
}

/** What Grafana calls the values of a query: by its refId, but for a table's only one. */
function fieldOf(index: number, count: number): string {
  return count === 1 ? 'Value' : `Value #${refId(index)}`;
}

/** Of a row, `instance` and `target`, which are there in every shape, are one process; the other variables stay as they are. */
function toTarget(): DynamicConfigValue {
  const parameters = [
    'var-instance=$' + '{__data.fields.instance:percentencode}',
    'var-target=$' + '{__data.fields.target:percentencode}',
    ...['datasource', 'namespace', 'pod'].map((name) => `\${${name}:queryparam}`),
    '$' + '{__url_time_range}',
  ];
  return { id: 'links', value: [{ title: 'Where its memory is', url: `/d/memgap-target?${parameters.join('&')}` }] };
}
