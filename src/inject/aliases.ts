import { type Alias, type Document, isAlias, type Node, visit } from 'yaml';
import type { Problem } from '../model/problem.ts';
import type { Edit } from './text-edit.ts';

/** Every alias of a document with the node that it means: the last one before it with its anchor. */
export type Aliases = ReadonlyMap<Alias, Node | undefined>;

/** How many aliases have no anchor before them. */
export function danglingAliases(manifests: ReadonlyArray<{ readonly aliases: Aliases }>): number {
  const documents = new Set(manifests.map(({ aliases }) => aliases));
  return [...documents].flatMap((aliases) => [...aliases.values()]).filter((anchored) => anchored === undefined).length;
}

/** Why what is deleted can't be, where an alias stays that means a part of it: it would mean nothing then, or something else. */
export function missedBy(text: string, aliases: Aliases, deletions: readonly Edit[]): Problem | undefined {
  // a List of a cluster has thousands of these
  if (!deletions.some(({ start, end }) => text.slice(start, end).includes('&'))) return undefined;
  const goes = ({ range }: Node) => deletions.some(({ start, end }) => range && start <= range[0] && range[0] < end);
  const missed = [...aliases].find(([alias, anchored]) => anchored !== undefined && goes(anchored) && !goes(alias));
  return missed && { message: 'an alias elsewhere means an anchor in what memgap inject added: write out what the alias stands for' };
}

/** In one walk: yaml's own `resolve` makes one for each. */
export function aliasesOf(document: Document): Aliases {
  const anchors = new Map<string, Node>();
  const aliases = new Map<Alias, Node | undefined>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) aliases.set(node, anchors.get(node.source));
      else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return aliases;
}
