/** One family as a strict reader sees it. */
export interface ReadFamily {
  readonly type: string;
  readonly help: string;
  readonly samples: ReadSample[];
}

/** One sample line; the name of an OpenMetrics counter's sample ends in `_total`, its family's does not. */
interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Reads a page by the letter of the text format 0.0.4 or of OpenMetrics 1.0.0, as far as gauges and counters go, and throws at the first
 * thing that is wrong: what a lenient parser forgives, another scraper may not.
 */
export function readExposition(body: string, format: 'text' | 'openmetrics'): Map<string, ReadFamily> {
  const families = new Map<string, ReadFamily>();
  const series = new Set<string>();
  const lines = body.split('\n');
  if (lines.pop() !== '') throw new Error('the last line has no end');
  if (format === 'openmetrics' && lines.pop() !== '# EOF') throw new Error('no # EOF at the end');
  let open: { readonly name: string; readonly family: ReadFamily } | undefined;
  let help: { readonly name: string; readonly text: string } | undefined;
  for (const line of lines) {
    if (line === '' && format === 'text') continue;
    const [, helpName, helpText] = /^# HELP ([a-z_]+) (.+)$/.exec(line) ?? [];
    const [, typeName, type] = /^# TYPE ([a-z_]+) (gauge|counter)$/.exec(line) ?? [];
    if (helpName !== undefined && helpText !== undefined) {
      if (/["\\]/.test(helpText)) throw new Error(`a help text that needs escaping: ${line}`);
      help = { name: helpName, text: helpText };
    } else if (typeName !== undefined && type !== undefined) {
      if (help?.name !== typeName) throw new Error(`no HELP right before ${line}`);
      if (families.has(typeName)) throw new Error(`a second ${line}`);
      if ((format === 'text') !== typeName.endsWith('_total') && type === 'counter')
        throw new Error(`a counter must not be called so: ${line}`);
      if (type === 'gauge' && typeName.endsWith('_total')) throw new Error(`a gauge must not be called so: ${line}`);
      open = { name: typeName, family: { type, help: help.text, samples: [] } };
      families.set(typeName, open.family);
    } else {
      const sample = readSample(line);
      const expected = open && (format === 'openmetrics' && open.family.type === 'counter' ? `${open.name}_total` : open.name);
      if (open === undefined || sample.name !== expected) throw new Error(`not in the family above: ${line}`);
      const id = `${sample.name}${JSON.stringify(Object.entries(sample.labels).sort())}`;
      if (series.has(id)) throw new Error(`a duplicate series: ${line}`);
      series.add(id);
      open.family.samples.push(sample);
    }
  }
  for (const [name, { samples }] of families) if (samples.length === 0) throw new Error(`${name} has no sample`);
  return families;
}

function readSample(line: string): ReadSample {
  const [, name, body = '', value] = /^([a-z_]+)(?:\{(.*)\})? (-?\d[-+.e\d]*)$/s.exec(line) ?? [];
  if (name === undefined || !Number.isFinite(Number(value))) throw new Error(`not a sample: ${line}`);
  const labels: Record<string, string> = {};
  let rest = body;
  while (rest !== '') {
    const [all, label, text] = /^([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=[a-z])|$)/.exec(rest) ?? [];
    if (all === undefined || label === undefined || text === undefined) throw new Error(`bad labels: ${line}`);
    if (label in labels) throw new Error(`a label twice: ${line}`);
    labels[label] = text.replaceAll(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(all.length);
  }
  return { name, labels, value: Number(value) };
}
