// Runs in the page: draws `panels` into <main>, as Grafana would by the same JSON, as far as memgap's dashboards use it.

const named = { green: '#3f9b45', yellow: '#e0b400', red: '#c4162a', text: '#1f2430', purple: '#8f3bb8' };
const palette = [
  '#3274d9',
  '#e0752d',
  '#299c46',
  '#a352cc',
  '#1fa7b8',
  '#c4162a',
  '#b58900',
  '#6e7079',
  '#8ab8ff',
  '#e0529c',
  '#37872d',
  '#7c2ea3',
];
const font = '11px "DejaVu Sans", "Liberation Sans", Arial, sans-serif';
const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

// one axis of time for all, in seconds from the first value; where there is no value, there is a gap
const ranges = panels
  .filter(({ panel }) => panel.type === 'timeseries')
  .flatMap(({ figures }) => figures.flat().map(({ values }) => values));
const begin = Math.min(...ranges.map((values) => values[0][0]));
const end = Math.max(...ranges.map((values) => values.at(-1)[0]));
const times = Array.from({ length: Math.round((end - begin) / step) + 1 }, (_, i) => i * step);

for (const { panel, figures } of panels) {
  const box = document.createElement('section');
  box.style.gridColumn = `span ${panel.place.w}`;
  box.style.height = `${panel.place.h * rowHeight}px`;
  const heading = document.createElement('h2');
  heading.textContent = panel.title;
  box.append(heading);
  document.querySelector('main').append(box);
  ({ stat: drawFigure, table: drawTable, timeseries: drawChart })[panel.type](box, panel, figures);
}

function format(value, unit) {
  if (value === undefined || value === null || Number.isNaN(value)) return '';
  if (unit === 'bytes') {
    let [size, power] = [Math.abs(value), 0];
    while (size >= 1024 && power < binary.length - 1) [size, power] = [size / 1024, power + 1];
    return `${value < 0 ? '-' : ''}${Number(size.toPrecision(3))} ${binary[power]}`;
  }
  if (unit === 'percentunit') return `${Number((value * 100).toPrecision(3))} %`;
  if (unit === 's') {
    if (value >= 60) return `${Number((value / 60).toPrecision(3))} min`;
    return value !== 0 && Math.abs(value) < 1 ? `${Number((value * 1000).toPrecision(3))} ms` : `${Number(value.toPrecision(3))} s`;
  }
  return String(Number(value.toPrecision(4)));
}

function colorAt(steps, value) {
  let color = 'text';
  for (const step of steps) if (step.value === null || value >= step.value) color = step.color;
  return named[color] ?? color;
}

function drawFigure(box, panel, [lines]) {
  const [line] = lines;
  const value = line?.values.at(-1)?.[1];
  const text = document.createElement('div');
  text.className = 'figure';
  text.textContent = line === undefined ? panel.noValue : panel.textMode === 'name' ? line.legend : format(value, panel.unit);
  text.style.color = line === undefined || panel.steps.length < 2 ? named.text : colorAt(panel.steps, value);
  box.append(text);
}

function drawTable(box, panel, figures) {
  const rows = new Map();
  for (const [i, lines] of figures.entries()) {
    const field = figures.length === 1 ? 'Value' : `Value #${panel.queries[i].refId}`;
    for (const { labels, values } of lines) {
      const key = JSON.stringify(labels);
      rows.set(key, { ...(rows.get(key) ?? labels), [field]: values.at(-1)[1] });
    }
  }
  const columns = panel.columns.filter((name) => [...rows.values()].some((row) => row[name] !== undefined));
  const title = (name) => panel.renamed[name] ?? name;
  const by = panel.columns.find((name) => title(name) === panel.sortedBy?.displayName);
  const sign = panel.sortedBy?.desc ? -1 : 1;
  const last = sign * Number.POSITIVE_INFINITY * sign;
  const sorted = [...rows.values()].sort((a, b) => (sign * (a[by] ?? sign * last) || 0) - (sign * (b[by] ?? sign * last) || 0));
  const table = document.createElement('table');
  const cell = (row, tag, text, name) => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (name.startsWith('Value')) made.className = 'number';
    row.append(made);
  };
  const head = table.insertRow();
  for (const name of columns) cell(head, 'th', title(name), name);
  for (const row of sorted) {
    const line = table.insertRow();
    for (const name of columns)
      cell(line, 'td', name.startsWith('Value') ? format(row[name], panel.units[title(name)]) : (row[name] ?? ''), name);
  }
  if (rows.size === 0) table.insertRow().insertCell().textContent = panel.noValue;
  box.append(table);
}

function drawChart(box, panel, figures) {
  const lines = linesOf(panel, figures);
  const plot = document.createElement('div');
  plot.className = 'plot';
  const legend = document.createElement('div');
  legend.className = 'legend';
  box.append(plot, legend);
  for (const { name, color, dash } of lines) {
    const entry = document.createElement('span');
    const swatch = document.createElement('i');
    swatch.style.setProperty('--c', color);
    swatch.className = dash ? 'dash' : 'solid';
    entry.append(swatch, name);
    legend.append(entry);
  }
  const sum = times.map(() => 0);
  const drawn = lines.map((line) => {
    const values = new Map(line.values.map(([at, value]) => [Math.round((at - begin) * 10), value]));
    const raw = times.map((at) => values.get(Math.round(at * 10)) ?? null);
    if (!line.stacked) return { ...line, data: raw };
    return {
      ...line,
      data: raw.map((value, i) => {
        if (value === null) return null;
        sum[i] += value;
        return sum[i];
      }),
    };
  });
  // a part is filled down to 0, and those below are drawn over it
  const order = [...drawn.filter(({ stacked }) => stacked).reverse(), ...drawn.filter(({ stacked }) => !stacked)];
  new uPlot(
    {
      width: plot.clientWidth,
      height: plot.clientHeight,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false }, y: { range: (_, low, high) => scaleOf(panel, low, high) } },
      series: [
        {},
        ...order.map(({ color, width, dash, stacked }) => ({
          stroke: color,
          width,
          dash,
          fill: stacked ? color : undefined,
          points: { show: false },
        })),
      ],
      axes: [
        {
          grid: { stroke: '#eef0f2', width: 1 },
          ticks: { show: false },
          stroke: '#6e7079',
          font,
          size: 24,
          incrs: [30, 60, 120, 300, 600],
          values: (_, splits) => splits.map(clock),
        },
        {
          grid: { stroke: '#e3e6ea', width: 1 },
          ticks: { show: false },
          stroke: '#6e7079',
          font,
          size: 62,
          space: 34,
          ...(panel.unit === 'bytes' && { incrs: Array.from({ length: 40 }, (_, power) => 2 ** power) }),
          values: (_, splits) => splits.map((value) => format(value, panel.unit)),
        },
      ],
      hooks: { draw: [(u) => drawThresholds(u, panel), drawMarks] },
    },
    [times, ...order.map(({ data }) => data)],
    plot,
  );
}

/** Minutes since the picture begins. */
function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

function scaleOf(panel, low, high) {
  const bottom = panel.min ?? (low < 0 ? low * 1.1 : 0);
  return [bottom, Math.max(high, 0) * 1.05 || 1];
}

function drawThresholds({ ctx, bbox, valToPos, scales }, panel) {
  if (panel.thresholds === 'off') return;
  for (const { value, color } of panel.steps) {
    if (value === null || value > scales.y.max || value < scales.y.min) continue;
    const y = valToPos(value, 'y', true);
    ctx.save();
    ctx.strokeStyle = named[color] ?? color;
    ctx.setLineDash([4, 4]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.restore();
  }
}

/** Annotations: dashed from top to bottom, their names above; of two close together the first has its name on the left. */
function drawMarks({ ctx, bbox, valToPos }) {
  const shown = marks
    .flatMap(({ name, color, at }) => at.map((time) => ({ name, color: named[color] ?? color, x: valToPos(time - begin, 'x', true) })))
    .filter(({ x }) => x >= bbox.left && x <= bbox.left + bbox.width)
    .sort((a, b) => a.x - b.x);
  for (const [i, { name, color, x }] of shown.entries()) {
    ctx.save();
    ctx.strokeStyle = color;
    ctx.fillStyle = color;
    ctx.setLineDash([6, 3]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.font = font;
    const isLeft = shown[i + 1]?.x - x < 80 || x + 80 > bbox.left + bbox.width;
    ctx.textAlign = isLeft ? 'right' : 'left';
    ctx.fillText(name, x, bbox.top - 5);
    ctx.restore();
  }
}

function linesOf(panel, figures) {
  const property = (matcher, options, id) =>
    panel.overrides
      .findLast((each) => each.matcher.id === matcher && each.matcher.options === options && each.properties.some((one) => one.id === id))
      ?.properties.find((one) => one.id === id)?.value;
  const all = figures.flatMap((lines, i) => lines.map((line) => ({ line, refId: panel.queries[i].refId })));
  const names = [...new Set(all.map(({ line }) => line.legend))].sort();
  return all
    .filter(({ line }) => line.values.some(([, value]) => value !== 0))
    .map(({ line, refId }) => {
      const of = (id) => property('byName', line.legend, id) ?? property('byFrameRefID', refId, id);
      const fixed = of('color')?.fixedColor;
      return {
        name: line.legend,
        values: line.values,
        color: named[fixed] ?? fixed ?? palette[names.indexOf(line.legend) % palette.length],
        width: of('custom.lineWidth') ?? 1.5,
        dash: of('custom.lineStyle')?.dash,
        stacked: of('custom.stacking')?.mode === 'normal',
      };
    });
}
