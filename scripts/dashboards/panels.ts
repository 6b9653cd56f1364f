import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueTextMode,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { limitColor, type Palette, totalColor } from './colors.ts';

/** The dashboards' only data source: what the variable says. */
export const source = { type: 'prometheus', uid: '$' + '{datasource}' };

/** A panel whose id is given by the dashboard. */
export interface MadePanel {
  id(id: number): Builder<Panel>;
}

/** What every panel must say of itself. */
export interface About {
  readonly title: string;
  /** What it shows, and what is bad in it. */
  readonly description: string;
  /** A unit of Grafana's. */
  readonly unit: 'bytes' | 'percentunit' | 's' | 'short' | 'none' | 'cps';
  /** Of 24. */
  readonly width: number;
}

/**
 * A part of a stack is drawn filled; the others are lines: a total, a limit (dashed), one that often lies on the total (dotted, so that
 * both are seen), or just beside.
 */
interface Line {
  readonly expression: string;
  readonly legend: string;
  readonly as?: 'part' | 'total' | 'limit' | 'over' | 'beside';
  /** For a line that stands out from the parts' colors. */
  readonly color?: string;
}

/** A number turns this color from this value on. */
interface Step {
  readonly from: number;
  readonly color: 'green' | 'yellow' | 'red';
}

interface ChartOptions extends About {
  readonly lines: readonly Line[];
  readonly height?: number;
  readonly steps?: readonly Step[];
  readonly legend?: 'list' | 'table';
  readonly min?: number;
  readonly colors?: Palette;
}

/** Lines over time; those that are parts are stacked. */
export function chart({
  title,
  description,
  unit,
  width,
  lines,
  height = 10,
  steps,
  legend = 'list',
  min,
  colors = {},
}: ChartOptions): MadePanel {
  const table = legend === 'table';
  const panel = new TimeseriesBuilder()
    .title(title)
    .description(description)
    .datasource(source)
    .unit(unit)
    .span(width)
    .height(height)
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(1)
    .fillOpacity(0)
    .showPoints(VisibilityMode.Never)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(table ? LegendDisplayMode.Table : LegendDisplayMode.List)
        .placement(table ? LegendPlacement.Right : LegendPlacement.Bottom)
        .calcs(table ? ['lastNotNull', 'max'] : []),
    )
    .targets(lines.map((line, i) => query(line.expression, i).legendFormat(line.legend).range()));
  if (min !== undefined) panel.min(min);
  if (steps !== undefined) {
    panel.thresholds(thresholds(steps)).thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
  for (const [i, { as = 'beside', color }] of lines.entries()) {
    panel.overrideByQuery(refId(i), color === undefined ? looks[as] : [...looks[as], fixed(color)]);
  }
  for (const [name, color] of Object.entries(colors)) panel.overrideByName(name, [fixed(color)]);
  return panel;
}

const none = new StackingConfigBuilder().mode(StackingMode.None).build();
const looks = {
  part: [
    { id: 'custom.stacking', value: new StackingConfigBuilder().mode(StackingMode.Normal).group('parts').build() },
    { id: 'custom.fillOpacity', value: 80 },
  ],
  total: [{ id: 'custom.stacking', value: none }, { id: 'custom.lineWidth', value: 2 }, fixed(totalColor)],
  limit: [
    { id: 'custom.stacking', value: none },
    { id: 'custom.lineWidth', value: 2 },
    { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 6] } },
    fixed(limitColor),
  ],
  over: [
    { id: 'custom.stacking', value: none },
    { id: 'custom.lineWidth', value: 2 },
    { id: 'custom.lineStyle', value: { fill: 'dash', dash: [3, 5] } },
  ],
  beside: [{ id: 'custom.stacking', value: none }],
} satisfies Record<NonNullable<Line['as']>, DynamicConfigValue[]>;

function fixed(color: string): DynamicConfigValue {
  return { id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: color } };
}

interface FigureOptions extends About {
  readonly expression: string;
  readonly legend: string;
  readonly steps?: readonly Step[];
  /** What stands there without a value. */
  readonly otherwise?: string;
  /** Show the legend rather than the value. */
  readonly textOnly?: boolean;
}

/** One number, as it is now. */
export function figure({
  title,
  description,
  unit,
  width,
  expression,
  legend,
  steps,
  otherwise,
  textOnly = false,
}: FigureOptions): MadePanel {
  return new StatBuilder()
    .title(title)
    .description(description)
    .datasource(source)
    .unit(unit)
    .span(width)
    .height(4)
    .noValue(otherwise ?? 'unknown')
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .thresholds(thresholds(steps ?? []))
    .textMode(textOnly ? BigValueTextMode.Name : BigValueTextMode.Auto)
    .withTarget(query(expression, 0).legendFormat(legend).instant());
}

function thresholds(steps: readonly Step[]): ThresholdsConfigBuilder {
  const [first] = steps;
  const base = first === undefined || first.color !== 'green' ? 'green' : 'red';
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: base }, ...steps.map(({ from, color }) => ({ value: from, color }))]);
}

/** A query of the variable's data source; the refIds are A, B, C... */
export function query(expression: string, index: number): DataqueryBuilder {
  return new DataqueryBuilder().datasource(source).expr(expression).refId(refId(index));
}

/** The name of a panel's n-th query. */
export function refId(index: number): string {
  return String.fromCharCode(65 + index);
}
