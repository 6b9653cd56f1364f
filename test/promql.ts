import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** What an expression asks for. */
export interface Asked {
  /** Pieces that are no PromQL. */
  readonly errors: readonly string[];
  readonly selectors: ReadonlyArray<{ readonly metric: string; readonly labels: readonly string[] }>;
  /** Functions, and the metrics below each. */
  readonly calls: ReadonlyArray<{ readonly name: string; readonly metrics: readonly string[] }>;
  /** Labels of `by`, `without`, `on` and `ignoring`. */
  readonly groupings: readonly string[];
}

/** Parses PromQL without variables by the grammar of Prometheus's own editor. */
export function askedBy(expression: string): Asked {
  const errors: string[] = [];
  const selectors: Array<Asked['selectors'][number]> = [];
  const calls: Array<Asked['calls'][number]> = [];
  const groupings: string[] = [];
  const text = ({ from, to }: SyntaxNode) => expression.slice(from, to);
  const root = parser.parse(expression);
  root.iterate({
    enter(at) {
      const node = at.node;
      if (at.type.isError) errors.push(expression.slice(Math.max(0, at.from - 10), at.to + 10));
      if (at.name === 'VectorSelector') {
        selectors.push({ metric: node.firstChild === null ? '' : text(node.firstChild), labels: below(node, 'LabelName').map(text) });
      }
      if (at.name === 'FunctionCall' && node.firstChild !== null) {
        calls.push({
          name: text(node.firstChild),
          metrics: below(node, 'VectorSelector').map((each) => /^\w*/.exec(text(each))?.[0] ?? ''),
        });
      }
      if (at.name === 'GroupingLabels') groupings.push(...below(node, 'LabelName').map(text));
    },
  });
  return { errors, selectors, calls, groupings };
}

function below(node: SyntaxNode, name: string): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  node.cursor().iterate((at) => {
    if (at.from >= node.from && at.to <= node.to && at.name === name) found.push(at.node);
  });
  return found;
}
