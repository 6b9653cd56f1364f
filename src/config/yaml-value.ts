import { type CST, isAlias, isMap, isNode, isScalar, isSeq, type Node, type YAMLError, type YAMLMap, type YAMLSeq } from 'yaml';
import { budgets } from '../budgets.ts';
import type { Path } from './path.ts';
import type { YamlPiece } from './yaml-pieces.ts';

/** What is wrong at one place of the text. */
export interface Mistake {
  readonly code: YAMLError['code'] | 'OPEN_ALIAS' | 'STRAYS' | 'TOO_LONG';
  readonly offset: number;
}

/** Which budget is exceeded, and where. */
interface Excess {
  readonly of: 'nodes' | 'items' | 'fields';
  readonly offset: number;
}

/** The value that the pieces of a text add up to, and where each part of it stands. */
export interface YamlValue {
  /** Takes the next piece; what is too much in it, where the reading is to end. */
  add(piece: YamlPiece): Excess | undefined;
  readonly mistakes: readonly Mistake[];
  value(): unknown;
  /** Where a part starts, or the name of one of its fields; the nearest part around it for one that is not there. */
  offsetOf(path: Path, field: string | undefined): number;
}

/** A part of the value, and what it adds to the whole: once, and again by each alias. */
interface Part {
  readonly value: unknown;
  readonly start: number;
  readonly nodes: number;
}

/** A list or a mapping whose items come in several pieces. */
interface Collected {
  readonly start: number;
  readonly value: Record<string, unknown> | unknown[];
  /** The names of a mapping, in the order of the text. */
  readonly names: string[];
  /** Where the items of a list, or the names and values of a mapping in turn, start. */
  readonly starts: number[];
  nodes: number;
}

/**
 * Makes plain values of yaml's nodes, piece by piece, each node once. yaml's own way looks for the anchor of each alias among all of them,
 * and for the place of each problem among all items: quadratic.
 */
export function createYamlValue(maxNodes: number = budgets.configNodes.maxNodes): YamlValue {
  const anchors = new Map<string, Part>();
  const open = new Set<string>();
  const unfinished = new Map<CST.Token, Collected>();
  const layouts = new Map<unknown, number>(); // where the starts of each list and mapping begin among all
  const starts: number[] = []; // one list of numbers, for each object takes ten times their size
  const mistakes: Mistake[] = [];
  let root: Part = { value: null, start: 0, nodes: 0 };
  let nodes = 0;
  let excess: Excess | undefined;

  return {
    add({ document, of }) {
      for (const { code, pos } of [...document.errors, ...document.warnings]) mistakes.push({ code, offset: pos[0] });
      const { contents } = document;
      if (of === undefined) root = partOf(contents);
      else if (isMap(contents) || isSeq(contents)) addItems(contents, collectedOf(contents, of));
      return nodes > maxNodes ? { of: 'nodes', offset: 0 } : excess;
    },
    mistakes,
    value: () => root.value,
    offsetOf(path, field) {
      let { value, start } = root;
      for (const step of path) {
        const index = Array.isArray(value) ? Number(step) : 2 * fieldsOf(value).indexOf(String(step)) + 1;
        const next = startOfPart(value, index);
        if (next === undefined) return start;
        start = next;
        value = (value as Record<string | number, unknown>)[step];
      }
      const index = field === undefined || Array.isArray(value) ? -1 : 2 * fieldsOf(value).indexOf(field);
      return startOfPart(value, index) ?? start;
    },
  };

  function startOfPart(value: unknown, index: number): number | undefined {
    const first = layouts.get(value);
    const count = Array.isArray(value) ? value.length : 2 * fieldsOf(value).length;
    return first !== undefined && index >= 0 && index < count ? starts[first + index] : undefined;
  }

  function partOf(node: unknown): Part {
    const start = startOf(node);
    if (nodes > maxNodes || excess !== undefined) return { value: null, start, nodes: 0 };
    if (isAlias(node)) return meantBy(node.source, start);
    const name = isNode(node) && 'anchor' in node ? node.anchor : undefined;
    if (name !== undefined) open.add(name);
    const part = isMap(node) || isSeq(node) ? collectionOf(node) : scalarOf(node, start);
    if (name === undefined) return part;
    open.delete(name);
    anchors.set(name, part);
    return part;
  }

  function meantBy(name: string, start: number): Part {
    const part = open.has(name) ? undefined : anchors.get(name);
    if (part === undefined) mistakes.push({ code: open.has(name) ? 'OPEN_ALIAS' : 'BAD_ALIAS', offset: start });
    nodes += part?.nodes ?? 1;
    return part ?? { value: null, start, nodes: 1 };
  }

  function scalarOf(node: unknown, start: number): Part {
    const value = isScalar(node) ? node.value : null;
    const own = 1 + (typeof value === 'string' ? Math.floor(value.length / 1024) : 0);
    nodes += own;
    return { value, start, nodes: own };
  }

  function collectionOf(node: YAMLMap | YAMLSeq): Part {
    const collected = collectedOf(node, node.srcToken);
    addItems(node, collected);
    if (node.srcToken !== undefined) unfinished.delete(node.srcToken);
    const value = Array.isArray(collected.value) ? collected.value.slice() : collected.value; // without the room to grow
    layouts.set(value, starts.length);
    for (const start of Array.isArray(value) ? collected.starts : inOrder(value, collected)) starts.push(start);
    return { value, start: collected.start, nodes: collected.nodes };
  }

  function collectedOf(node: YAMLMap | YAMLSeq, token: CST.Token | undefined): Collected {
    const had = token === undefined ? undefined : unfinished.get(token);
    if (had !== undefined) return had;
    const collected: Collected = { start: startOf(node), value: isMap(node) ? {} : [], names: [], starts: [], nodes: 1 };
    nodes += 1;
    if (token !== undefined) unfinished.set(token, collected);
    return collected;
  }

  function addItems(node: YAMLMap | YAMLSeq, collected: Collected): void {
    const before = nodes;
    if (isSeq(node)) for (const item of node.items) addItem(item, collected);
    else for (const { key, value } of node.items) addField(key, value, collected);
    collected.nodes += nodes - before;
    const [of, max] = isSeq(node)
      ? (['items', budgets.configTargets.maxEntries] as const)
      : (['fields', budgets.configFields.maxEntries] as const);
    if (collected.starts.length > (isSeq(node) ? max : 2 * max)) excess ??= { of, offset: collected.start };
  }

  function addItem(item: unknown, { value: list, starts: own }: Collected): void {
    const { value, start } = partOf(item);
    own.push(start);
    if (Array.isArray(list)) list.push(value);
  }

  function addField(key: unknown, node: unknown, { value: mapping, names, starts: own }: Collected): void {
    const name = isScalar(key) ? String(key.value) : '';
    const { start: keyStart } = partOf(key);
    if (Object.hasOwn(mapping, name)) mistakes.push({ code: 'DUPLICATE_KEY', offset: keyStart });
    const { value, start } = partOf(node ?? null);
    names.push(name);
    own.push(keyStart, isNode(node) ? start : keyStart);
    if (name === '__proto__') Object.defineProperty(mapping, name, { value, enumerable: true, writable: true, configurable: true });
    else (mapping as Record<string, unknown>)[name] = value;
  }
}

/** The starts of a mapping in the order in which JavaScript tells its fields: whole numbers first. */
function inOrder(mapping: object, { names, starts }: Collected): readonly number[] {
  const order = Object.keys(mapping);
  if (order.every((name, index) => name === names[index])) return starts;
  const places = new Map(names.map((name, index) => [name, index]));
  return order.flatMap((name) => {
    const index = places.get(name) ?? 0;
    return starts.slice(2 * index, 2 * index + 2);
  });
}

function fieldsOf(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

function startOf(node: unknown): number {
  return isNode(node) ? ((node as Node).range?.[0] ?? 0) : 0;
}
