import { isMap, isSeq, type Pair, stringify, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Problem } from '../model/problem.ts';
import { endOf, endsInBlockScalar, isBare, startOf } from './nodes.ts';
import { type Edit, insertLines, lineStart, nextLine } from './text-edit.ts';

/** A value to be written. */
export type Value = string | number | boolean | readonly Value[] | { readonly [name: string]: Value };

/** How the lists of a file are written: the dash below the name of the list, or two columns to the right. */
export type DashIndent = 0 | 2;

/**
 * Fields put into a mapping, which is the value of `pair`: before all others, the one place where no comment can be torn from what it
 * is about; in flow style (JSON) behind them. The mapping may have no value yet.
 */
export function insertFields(text: string, pair: Pair, fields: Readonly<Record<string, Value>>, dash: DashIndent): Edit | Problem {
  const { value } = pair;
  if (isMap(value) && value.flow === true) {
    const last = value.items.at(-1);
    if (last !== undefined && last.value !== null && isBare(last))
      return { message: `the last field of ${String(pair.key)} has no value: write null, or take it out` };
    return appendToFlow(text, value, (space) =>
      Object.entries(fields).map(([name, each]) => `${JSON.stringify(name)}: ${json(each, space)}`),
    );
  }
  const first = isMap(value) ? value.items[0] : undefined;
  if (!(first !== undefined || isBare(pair)) || !endsItsLine(text, pair)) return notEditable(pair);
  if (first !== undefined && !startsItsLine(text, first)) {
    return {
      message: `the first field of ${String(pair.key)} has an anchor, a tag or a "?" before its name: take it out, or put another field first`,
    };
  }
  const column = first === undefined ? columnOf(text, startOf(pair)) + 2 : columnOf(text, startOf(first));
  return insertLines(text, nextLine(text, endOf(pair.key)), blockLines(fields, column, dash));
}

/** An item put behind all others of a list, which is the value of `pair`. */
export function appendItem(text: string, pair: Pair, item: Value, dash: DashIndent): Edit | Problem {
  const { value } = pair;
  if (isSeq(value) && value.flow === true) return appendToFlow(text, value, (space) => [json(item, space)]);
  if (!(isSeq(value) || isBare(pair)) || !endsItsLine(text, pair)) return notEditable(pair);
  if (!isSeq(value)) {
    const column = columnOf(text, startOf(pair)) + dash;
    return insertLines(text, nextLine(text, endOf(pair.key)), blockLines([item], column, dash));
  }
  const column = columnOf(text, startOf(value));
  return insertLines(text, behindItem(text, value, column), blockLines([item], column, dash));
}

/** How a list of this file is indented: read from one that is there. */
export function dashIndentOf(text: string, list: Pair | undefined): DashIndent {
  if (list === undefined || !isSeq(list.value) || list.value.flow === true) return 2;
  return columnOf(text, startOf(list.value)) === columnOf(text, startOf(list)) ? 0 : 2;
}

function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

/** Whether nothing stands before the name on its line: no anchor, tag or `?`, for the mapping's column is theirs. */
function startsItsLine(text: string, pair: Pair): boolean {
  const start = startOf(pair);
  return /^ *$/.test(text.slice(lineStart(text, start), start));
}

/** Whether nothing but a comment follows the name on its line. */
function endsItsLine(text: string, pair: Pair): boolean {
  const end = endOf(pair.key);
  return /^[ \t]*:[ \t]*(?:[ \t]#.*)?\s*$/.test(text.slice(end, nextLine(text, end) ?? text.length));
}

function notEditable(pair: Pair): Problem {
  return {
    message: `the value of ${String(pair.key)} is neither a plain block nor JSON, so memgap does not edit it: write it out, or take it out`,
  };
}

function blockLines(value: Value, column: number, dash: DashIndent): readonly string[] {
  const text = stringify(value, { version: '1.1', lineWidth: 0, indentSeq: dash === 2 });
  return text
    .trimEnd()
    .split('\n')
    .map((line) => ' '.repeat(column) + line);
}

/** The line behind the last item, and behind comments that are indented more than the dashes, for those are about that item. */
function behindItem(text: string, list: YAMLSeq, column: number): number | undefined {
  const last = list.items.at(-1);
  const end = endOf(last);
  let line = endsInBlockScalar(last) && text[end - 1] === '\n' ? end : nextLine(text, end);
  const comments = new RegExp(`(?:[ \\t]*\\r?\\n)* {${column + 1},}#[^\\n]*(?:\\n|$)`, 'y');
  while (line !== undefined) {
    comments.lastIndex = line;
    if (!comments.test(text)) break;
    line = text[comments.lastIndex - 1] === '\n' ? comments.lastIndex : undefined;
  }
  return line;
}

/** Behind what is there: that comma is ours, and goes with what follows it. */
function appendToFlow(text: string, collection: YAMLMap | YAMLSeq, part: (space: string) => readonly string[]): Edit {
  const [first, last] = [collection.items[0], collection.items.at(-1)];
  const space = first === undefined ? '' : lineBreakBefore(text, collection, first);
  const parts = part(space).join(`,${space === '' ? ' ' : space}`);
  if (first === undefined) return { start: opened(collection), end: opened(collection), text: parts };
  return { start: endOf(last), end: endOf(last), text: `,${space === '' ? ' ' : space}${parts}` };
}

function opened(collection: YAMLMap | YAMLSeq): number {
  return (collection.range?.[0] ?? 0) + 1;
}

/** The line break and indentation before the first part, as printed JSON has them; empty where all stands on one line. */
function lineBreakBefore(text: string, collection: YAMLMap | YAMLSeq, first: unknown): string {
  return /^\r?\n *$/.exec(text.slice(opened(collection), startOf(first)))?.[0] ?? '';
}

function json(value: Value, space: string): string {
  return space === '' ? JSON.stringify(value) : JSON.stringify(value, null, 2).replaceAll('\n', space);
}
