import { parser } from '@prometheus-io/lezer-promql';

/** What an expression asks for. */
export interface Selected {
  readonly metric: string;
  /** Names of labels that are matched. */
  readonly labels: readonly string[];
}

/** The selectors of an expression, and the labels that it groups or ignores by. Throws for text that is no PromQL. */
export function selectorsOf(expr: string): { readonly selectors: readonly Selected[]; readonly grouped: readonly string[] } {
  const selectors: Array<{ metric: string; labels: string[] }> = [];
  const grouped: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ name, from, to, type, node }) => {
      const text = expr.slice(from, to);
      if (type.isError) throw new Error(`no PromQL at ${from}: ${expr}`);
      if (name === 'VectorSelector') selectors.push({ metric: /^[\w:]*/.exec(text)?.[0] ?? '', labels: [] });
      if (name !== 'LabelName') return;
      if (node.parent?.name === 'GroupingLabels') grouped.push(text);
      else selectors.at(-1)?.labels.push(text);
    },
  });
  return { selectors, grouped };
}
