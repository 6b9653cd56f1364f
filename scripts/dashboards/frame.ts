import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type AnnotationQuery,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { type MadePanel, source } from './panels.ts';

/** Panels below a heading. */
interface Section {
  readonly heading: string;
  readonly panels: readonly MadePanel[];
}

interface FrameOptions {
  /** Fixed, so that links and alerts find it: `/d/UID`. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly annotations?: readonly Builder<AnnotationQuery>[];
  readonly sections: readonly Section[];
}

/** A dashboard that is not to be edited where it was provisioned, with a link to the others that keeps variables and time. */
export function frame({ uid, title, description, variables, annotations = [], sections }: FrameOptions): Dashboard {
  const board = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['memgap'])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-6h', to: 'now' })
    .timezone('browser')
    .refresh('1m')
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .link(shown(new DashboardLinkBuilder('memgap').type(DashboardLinkType.Dashboards).tags(['memgap']).includeVars(true).keepTime(true)));
  for (const variable of variables) board.withVariable(variable);
  for (const annotation of annotations) board.annotation(shown(annotation));
  let id = 0;
  for (const { heading, panels } of sections) {
    id += 1;
    board.withRow(new RowBuilder(heading).id(id));
    for (const panel of panels) {
      id += 1;
      board.withPanel(panel.id(id));
    }
  }
  return board.build();
}

/** The SDK would hide it in a menu that not every Grafana has. */
function shown<T extends { placement?: unknown }>(builder: Builder<T>): Builder<T> {
  const made = builder.build();
  delete made.placement;
  return { build: () => made };
}

/** A variable of a label's values; "All" matches series without that label too. */
export function anyOf(label: string, of: string, title: string): QueryVariableBuilder {
  return valuesOf(label, of, title)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}

/** Where targets are, each choice narrowing the next. */
export function places(): readonly QueryVariableBuilder[] {
  return [
    anyOf('namespace', 'memgap_target_up', 'Namespace'),
    anyOf('pod', 'memgap_target_up{namespace=~"$namespace"}', 'Pod'),
    anyOf('instance', 'memgap_target_up{namespace=~"$namespace", pod=~"$pod"}', 'Instance'),
  ];
}

/** A variable that is one of a label's values. */
export function oneOf(label: string, of: string, title: string): QueryVariableBuilder {
  return valuesOf(label, of, title).multi(false).includeAll(false);
}

function valuesOf(label: string, of: string, title: string): QueryVariableBuilder {
  return new QueryVariableBuilder(label)
    .label(title)
    .datasource(source)
    .query({ qryType: 1, query: `label_values(${of}, ${label})`, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
    .definition(`label_values(${of}, ${label})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}
