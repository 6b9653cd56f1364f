import { isAlias, isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import { budgets } from '../budgets.ts';
import type { Aliases } from './aliases.ts';

type Fields = Record<string, unknown>;

/**
 * The plain value of a part of a document, aliases and merge keys (YAML 1.1) followed; `undefined` where an alias has no anchor, stands
 * inside of what it stands for, or they add up to too much. yaml's own `toJS` walks through the whole document for it: of a List once for
 * each of its workloads.
 */
export function plainOf(
  node: unknown,
  aliases: Aliases,
  maxNodes: number = budgets.manifestNodes.maxNodes,
): { readonly value: unknown } | undefined {
  const open = new Set<unknown>();
  let nodes = 0;
  let failed = false;
  const value = read(node);
  return failed ? undefined : { value };

  function read(part: unknown): unknown {
    nodes += 1;
    if (nodes > maxNodes || open.has(part)) failed = true;
    if (failed) return undefined;
    if (isScalar(part)) return part.value;
    if (isAlias(part)) return meantBy(aliases.get(part));
    if (!isMap(part) && !isSeq(part)) return part ?? null;
    open.add(part);
    const whole = isMap(part) ? fieldsOf(part) : part.items.map(read);
    open.delete(part);
    return whole;
  }

  function meantBy(part: unknown): unknown {
    if (part === undefined) failed = true;
    return failed ? undefined : read(part);
  }

  function fieldsOf({ items }: YAMLMap): Fields {
    const fields: Fields = Object.create(null);
    const merged: unknown[] = [];
    for (const { key, value: part } of items) {
      if (isScalar(key) && typeof key.value === 'symbol') merged.push(read(part));
      else fields[isScalar(key) ? String(key.value ?? '') : ''] = read(part);
    }
    // the earlier of them counts, and a field of its own before any of them
    for (const source of merged.flat()) {
      if (typeof source !== 'object' || source === null) failed = true;
      else for (const [name, inherited] of Object.entries(source)) if (!(name in fields)) fields[name] = inherited;
    }
    return fields;
  }
}
