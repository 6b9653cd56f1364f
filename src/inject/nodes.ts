import { isAlias, isCollection, isMap, isNode, isPair, isScalar, type Node, type Pair, Scalar, type YAMLMap } from 'yaml';
import type { Problem } from '../model/problem.ts';

/** The field of a mapping, by its name. */
export function fieldOf(map: unknown, name: string): Pair | undefined {
  return isMap(map) ? map.items.find(({ key }) => isScalar(key) && key.value === name) : undefined;
}

/** The text of a field; `undefined` for anything else. */
export function textOf(map: unknown, name: string): string | undefined {
  const value = fieldOf(map, name)?.value;
  return isScalar(value) && typeof value.value === 'string' ? value.value : undefined;
}

/** A field that was written without any value: `annotations:`. */
export function isBare(pair: Pair): boolean {
  const { value } = pair;
  return value === null || (isScalar(value) && value.value === null && value.range?.[0] === value.range?.[1]);
}

/** Where a part of a text starts: a field's name, or an item. */
export function startOf(item: unknown): number {
  return nodeOf(isPair(item) ? item.key : item)?.range?.[0] ?? 0;
}

/** Where the text of a part ends: before the line break that follows, but behind that of a block scalar, whose text it is. */
export function endOf(item: unknown): number {
  if (isPair(item)) return isNode(item.value) && !isBare(item) ? endOf(item.value) : (nodeOf(item.key)?.range?.[1] ?? 0);
  const last = isCollection(item) && item.flow !== true ? item.items.at(-1) : undefined;
  return last === undefined ? (nodeOf(item)?.range?.[1] ?? 0) : endOf(last);
}

/** Whether the text of a part ends with a block scalar (`|`, `>`): then its end is the start of a line. */
export function endsInBlockScalar(item: unknown): boolean {
  if (isPair(item)) return endsInBlockScalar(item.value);
  if (isCollection(item)) return item.flow !== true && endsInBlockScalar(item.items.at(-1));
  return isScalar(item) && (item.type === Scalar.BLOCK_LITERAL || item.type === Scalar.BLOCK_FOLDED);
}

/** Why memgap does not write into a part: what is put there could appear elsewhere as well, or hide what stands elsewhere. */
export function unsafe(node: unknown, where: string): Problem | undefined {
  const what = isAlias(node) ? 'an alias' : propertyOf(node);
  if (what === undefined) return undefined;
  return { message: `${where} has ${what} (YAML anchors, aliases, merge keys and tags are not edited): write it out` };
}

function propertyOf(node: unknown): string | undefined {
  if (!isCollection(node)) return undefined;
  if (node.anchor !== undefined) return 'an anchor';
  if (node.tag !== undefined) return 'a tag';
  return isMap(node) && hasMergeKey(node) ? 'a merge key' : undefined;
}

function hasMergeKey(map: YAMLMap): boolean {
  return map.items.some(({ key }) => isScalar(key) && key.source === '<<');
}

function nodeOf(value: unknown): Node | undefined {
  return isNode(value) ? value : undefined;
}
