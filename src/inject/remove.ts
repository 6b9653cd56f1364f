import { isPair, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Problem } from '../model/problem.ts';
import { endOf, endsInBlockScalar, startOf } from './nodes.ts';
import { deleteLines, type Edit, lineStart } from './text-edit.ts';

/** Takes parts out of a mapping or a list: to the byte what `insertFields` and `appendItem` put there. */
export function removeItems(text: string, from: YAMLMap | YAMLSeq, doomed: (item: unknown) => boolean): readonly Edit[] | Problem {
  if (from.flow === true) return removeFromFlow(text, from, doomed);
  const edits: Edit[] = [];
  for (const item of from.items) {
    if (!doomed(item)) continue;
    const start = startOf(item);
    const before = text.slice(lineStart(text, start), start);
    if (!(isPair(item) ? /^ *$/ : /^ *- +$/).test(before)) {
      return { message: 'what memgap inject added was moved to where it can not be taken out by whole lines: take it out by hand' };
    }
    edits.push(deleteLines(text, start, lastOf(text, item)));
  }
  return edits;
}

/** Within the last line of a part: a block scalar ends where the next line starts. */
function lastOf(text: string, item: unknown): number {
  const end = endOf(item);
  return endsInBlockScalar(item) && text[end - 1] === '\n' ? end - 1 : end;
}

function removeFromFlow(text: string, from: YAMLMap | YAMLSeq, doomed: (item: unknown) => boolean): readonly Edit[] {
  const { items } = from;
  const edits: Edit[] = [];
  for (let first = 0; first < items.length; first += 1) {
    if (!doomed(items[first])) continue;
    let last = first;
    while (last + 1 < items.length && doomed(items[last + 1])) last += 1;
    const before = items[first - 1];
    if (last + 1 < items.length) {
      // with the comma behind it: from behind the comma, or the bracket, before it
      const start = before === undefined ? behindBracket(text, from, startOf(items[first])) : behindComma(text, endOf(before));
      edits.push({ start, end: behindComma(text, endOf(items[last])), text: '' });
    } else {
      edits.push({ start: before === undefined ? startOf(items[first]) : endOf(before), end: endOf(items[last]), text: '' });
    }
    first = last;
  }
  return edits;
}

function behindBracket(text: string, from: YAMLMap | YAMLSeq, start: number): number {
  const behind = (from.range?.[0] ?? 0) + 1;
  return text.slice(behind, start).trim() === '' ? behind : start; // a comment may stand between
}

function behindComma(text: string, end: number): number {
  const comma = /(?:\s|#[^\n]*)*,/y;
  comma.lastIndex = end;
  return comma.test(text) ? comma.lastIndex : end;
}
