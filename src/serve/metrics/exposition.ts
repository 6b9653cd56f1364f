import type { Family, Labels, Sample } from './family.ts';

/** The formats that memgap prints: Prometheus' text 0.0.4, and OpenMetrics 1.0.0. */
export type Format = 'text' | 'openmetrics';

/** What the samples of a family are of, with the labels that stand on each of them. */
export interface Labeled<Subject> {
  readonly subject: Subject;
  readonly labels: Labels;
}

/** What ends an OpenMetrics page (OpenMetrics 1.0.0, section 3): one without it was cut off. */
export const openMetricsEnd = '# EOF\n';

/**
 * Prints families in pieces: one for each subject that a family has samples of, and an empty one where it has none, so that whoever takes
 * them can pause after any of them. A family's samples stand together below its one HELP and TYPE, as both formats want it; one without a
 * sample is left out. Text 0.0.4 lets empty lines be, and one between two families makes a page readable; OpenMetrics allows none.
 */
export function* printFamilies<Subject>(
  families: ReadonlyArray<Family<Subject>>,
  subjects: ReadonlyArray<Labeled<Subject>>,
  format: Format,
): Generator<string, void> {
  const printed = subjects.map(({ subject, labels }) => ({ subject, labels: labelPairs(labels) }));
  let gap = '';
  for (const family of families) {
    let head: string | undefined = gap + headOf(family, format);
    for (const { subject, labels } of printed) {
      const lines = linesOf(family.name, family.values(subject), labels);
      if (lines === '' || head === undefined) {
        yield lines;
        continue;
      }
      yield head + lines;
      head = undefined;
      if (format === 'text') gap = '\n';
    }
  }
}

/** In OpenMetrics `_total` is of the sample's name alone. */
function headOf({ name, type, help }: Omit<Family, 'values'>, format: Format): string {
  const family = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
  return `# HELP ${family} ${help}\n# TYPE ${family} ${type}\n`;
}

/** What is no number has no line: an unknown value is an absent one, and neither format's NaN says that. */
function linesOf(name: string, samples: Iterable<Sample>, subjectLabels: string): string {
  let lines = '';
  for (const { labels, value } of samples) {
    if (!Number.isFinite(value)) continue;
    const own = labelPairs(labels);
    const pairs = own === '' || subjectLabels === '' ? own + subjectLabels : `${own},${subjectLabels}`;
    lines += pairs === '' ? `${name} ${value}\n` : `${name}{${pairs}} ${value}\n`;
  }
  return lines;
}

function labelPairs(labels: Labels): string {
  let pairs = '';
  for (const name in labels) pairs += `${pairs === '' ? '' : ','}${name}="${escaped(labels[name] ?? '')}"`;
  return pairs;
}

/** A label's value may hold any character: these three are written with a backslash, in both formats. */
function escaped(value: string): string {
  return /["\\\n]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value;
}
