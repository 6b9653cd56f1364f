import { Composer, type Document, isMap, isScalar, isSeq, Lexer, LineCounter, Parser, visit, type YAMLError } from 'yaml';
import { budgets } from '../budgets.ts';
import type { Problem, TextPlace } from '../model/problem.ts';
import { printable } from '../untrusted.ts';
import { type Aliases, aliasesOf } from './aliases.ts';
import { textOf } from './nodes.ts';

/** One Kubernetes object of a text. */
export interface Manifest {
  /** For a person: `deployment/web`. */
  readonly id: string;
  readonly kind: string;
  /** `apps` of `apps/v1`; empty for the core group. */
  readonly group: string;
  readonly place: TextPlace;
  /** Of the whole document. */
  readonly aliases: Aliases;
  /** The nodes above the object, then the object. */
  readonly trail: readonly unknown[];
}

/** All objects of a text, those of lists as well, or the places where it is no YAML. */
export type Manifests =
  | { readonly ok: true; readonly manifests: readonly Manifest[] }
  | { readonly ok: false; readonly faults: readonly Problem[] };

/** Reads YAML or JSON of any number of documents, as kubectl does: YAML 1.1, where `yes` is true. Pure. */
export function readManifests(text: string): Manifests {
  const lineCounter = new LineCounter();
  const place = (offset: number): TextPlace => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const { documents, tooDeep } = readDocuments(text, lineCounter.addNewLine);
  const errors = documents.flatMap((document) => [...document.errors, ...duplicateFields(document)]);
  if (tooDeep !== undefined)
    errors.push({ pos: [tooDeep, tooDeep], message: `more than ${budgets.manifestDepth.maxLevels} levels of nesting` });
  // of a text that is not YAML each line may be an error
  const told = errors.slice(0, budgets.configProblems.maxProblems);
  if (told.length > 0) return { ok: false, faults: told.map(({ pos, message }) => ({ ...place(pos[0]), message: plain(message) })) };
  return { ok: true, manifests: documents.flatMap((document) => objectsOf(aliasesOf(document), [document.contents], place)) };
}

const options = {
  version: '1.1',
  prettyErrors: false,
  logLevel: 'error',
  uniqueKeys: false, // duplicateFields does it; yaml itself takes quadratic time
} as const;

/** What `parseAllDocuments` does, but that it ends before yaml, which calls itself for each level, has no stack left. */
function readDocuments(
  text: string,
  newLine: (offset: number) => void,
): { readonly documents: readonly Document[]; readonly tooDeep?: number } {
  const parser = new Parser(newLine);
  const composer = new Composer(options);
  const documents: Document[] = [];
  newLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) documents.push(...composer.next(token));
    if (parser.stack.length > budgets.manifestDepth.maxLevels) return { documents, tooDeep: parser.offset };
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end());
  return { documents };
}

function objectsOf(aliases: Aliases, trail: readonly unknown[], place: (offset: number) => TextPlace): readonly Manifest[] {
  const node = trail.at(-1);
  if (!isMap(node)) return [];
  const kind = textOf(node, 'kind') ?? '';
  const items = node.get('items');
  if (kind === 'List' && isSeq(items)) return items.items.flatMap((item) => objectsOf(aliases, [...trail, items, item], place));

  const version = textOf(node, 'apiVersion') ?? '';
  const name = textOf(node.get('metadata'), 'name') ?? textOf(node.get('metadata'), 'generateName');
  const id = printable(`${kind === '' ? 'object' : kind.toLowerCase()}/${name ?? '(no name)'}`, 128);
  const group = version.includes('/') ? version.replace(/\/.*$/s, '') : '';
  return [{ id, kind, group, place: place(node.range?.[0] ?? 0), aliases, trail }];
}

/** Of a field that is given twice kubectl takes the last one, or none: nobody can tell which was meant. */
function duplicateFields(document: Document): ReadonlyArray<Pick<YAMLError, 'pos' | 'message'>> {
  const faults: Array<Pick<YAMLError, 'pos' | 'message'>> = [];
  visit(document, {
    Map(_, { items }) {
      const names = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key) || key.source === '<<') continue;
        const start = key.range?.[0] ?? 0;
        if (names.has(key.value)) faults.push({ pos: [start, start], message: 'this field is given twice' });
        names.add(key.value);
      }
    },
  });
  return faults;
}

/** yaml's own words, without what it quotes of the text: a secret may stand there. */
function plain(message: string): string {
  return printable(message.split(/(?<! ): | \\/)[0] ?? '').trim();
}
