import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../deploy/grafana');

/** One query of a panel. */
export interface PanelQuery {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  /** Asked at one time; else over the range. */
  readonly instant: boolean;
}

/** A panel of a committed dashboard, rows aside; what Grafana's JSON says under other names or deeper down. */
export interface ReadPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  readonly noValue: string;
  readonly min: number | undefined;
  readonly datasource: string;
  readonly steps: ReadonlyArray<{ readonly value: number | null; readonly color: string }>;
  readonly thresholds: string;
  readonly queries: readonly PanelQuery[];
  readonly overrides: ReadonlyArray<{
    readonly matcher: { readonly id: string; readonly options: string };
    readonly properties: ReadonlyArray<{ readonly id: string; readonly value: unknown }>;
  }>;
  readonly place: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  /** Of a figure: what it shows, `name` or `auto`. */
  readonly textMode: string;
  /** Of a table: its fields in their order, their titles, and units by title. */
  readonly columns: readonly string[];
  readonly renamed: Readonly<Record<string, string>>;
  readonly units: Readonly<Record<string, unknown>>;
  readonly sortedBy: { readonly displayName: string; readonly desc: boolean } | undefined;
}

/** A committed dashboard. */
export interface ReadDashboard {
  readonly uid: string;
  readonly title: string;
  readonly editable: boolean;
  readonly variables: ReadonlyArray<{ readonly name: string; readonly type: string; readonly definition: string | undefined }>;
  readonly annotations: ReadonlyArray<{
    readonly name: string;
    readonly expr: string;
    readonly iconColor: string;
    /** The values are the times, in milliseconds. */
    readonly useValueForTime?: boolean;
  }>;
  readonly links: ReadonlyArray<{ readonly includeVars: boolean; readonly keepTime: boolean }>;
  readonly panels: readonly ReadPanel[];
  /** Of panels and rows. */
  readonly ids: readonly number[];
}

/** Reads deploy/grafana/NAME.json; throws where there is none. */
export function readDashboard(name: string): ReadDashboard {
  return dashboardOf(readFileSync(join(folder, `${name}.json`), 'utf8'));
}

/** The same from its text. */
export function dashboardOf(text: string): ReadDashboard {
  const { uid, title, editable, templating, annotations, links, panels } = JSON.parse(text);
  return {
    uid,
    title,
    editable,
    variables: templating.list,
    annotations: annotations.list ?? [],
    links,
    ids: panels.map(({ id }: { id: number }) => id),
    panels: panels.filter(({ type }: { type: string }) => type !== 'row').map(panelOf),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: Grafana's JSON, of which only the fields named here are looked at
function panelOf({ id, type, title, description, datasource, fieldConfig, targets, gridPos, options, transformations }: any): ReadPanel {
  const organized = transformations?.at(-1)?.options ?? {};
  const { unit, noValue, min, thresholds, custom } = fieldConfig.defaults;
  return {
    id,
    type,
    title,
    description,
    unit,
    noValue: noValue ?? '',
    min,
    datasource: datasource.uid,
    steps: thresholds?.steps ?? [],
    thresholds: custom?.thresholdsStyle?.mode ?? 'off',
    queries: targets,
    overrides: fieldConfig.overrides,
    place: gridPos,
    textMode: options.textMode ?? 'auto',
    columns: Object.keys(organized.indexByName ?? {}),
    renamed: organized.renameByName ?? {},
    units: Object.fromEntries(fieldConfig.overrides.flatMap(unitOf)),
    sortedBy: options.sortBy?.[0],
  };
}

function unitOf({ matcher, properties }: ReadPanel['overrides'][number]): ReadonlyArray<readonly [string, unknown]> {
  return properties.filter(({ id }) => id === 'unit').map(({ value }) => [matcher.options, value] as const);
}
