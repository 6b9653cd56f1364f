import { type Document, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, visit, type YAMLError } from 'yaml';
import { printable } from '../untrusted.ts';
import { textOf } from './nodes.ts';

/** A place in a text, counted from 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

/** One Kubernetes object of a text. */
export interface Manifest {
  /** For a person: `deployment/web`. */
  readonly id: string;
  readonly kind: string;
  /** `apps` of `apps/v1`; empty for the core group. */
  readonly group: string;
  readonly place: Place;
  readonly document: Document;
  /** The nodes above the object, then the object. */
  readonly trail: readonly unknown[];
}

/** All objects of a text, those of lists as well, or the places where it is no YAML. */
export type Manifests =
  | { readonly ok: true; readonly manifests: readonly Manifest[] }
  | { readonly ok: false; readonly faults: ReadonlyArray<Place & { readonly message: string }> };

/** Reads YAML or JSON of any number of documents, as kubectl does: YAML 1.1, where `yes` is true. Pure. */
export function readManifests(text: string): Manifests {
  const lineCounter = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const parsed = parseAllDocuments(text, {
    version: '1.1',
    lineCounter,
    prettyErrors: false,
    logLevel: 'error',
    uniqueKeys: false, // duplicateFields does it; yaml itself takes quadratic time
  });
  const documents: readonly Document[] = Array.isArray(parsed) ? parsed : [];
  const errors = documents.flatMap((document) => [...document.errors, ...duplicateFields(document)]);
  if (errors.length > 0) return { ok: false, faults: errors.map(({ pos, message }) => ({ ...place(pos[0]), message: plain(message) })) };
  return { ok: true, manifests: documents.flatMap((document) => objectsOf(document, [document.contents], place)) };
}

function objectsOf(document: Document, trail: readonly unknown[], place: (offset: number) => Place): readonly Manifest[] {
  const node = trail.at(-1);
  if (!isMap(node)) return [];
  const kind = textOf(node, 'kind') ?? '';
  const items = node.get('items');
  if (kind === 'List' && isSeq(items)) return items.items.flatMap((item) => objectsOf(document, [...trail, items, item], place));

  const version = textOf(node, 'apiVersion') ?? '';
  const name = textOf(node.get('metadata'), 'name') ?? textOf(node.get('metadata'), 'generateName');
  const id = printable(`${kind === '' ? 'object' : kind.toLowerCase()}/${name ?? '(no name)'}`, 128);
  const group = version.includes('/') ? version.replace(/\/.*$/s, '') : '';
  return [{ id, kind, group, place: place(node.range?.[0] ?? 0), document, trail }];
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
