import { Composer, CST, type Document, Lexer, Parser } from 'yaml';
import { budgets } from '../budgets.ts';

/** A part of the text that was read to its end: the document, or the items that a longer collection has so far. */
export interface YamlPiece {
  readonly document: Document;
  /** The collection whose next items these are; absent for the document, where all of it that was no piece before is in it. */
  readonly of?: CST.Token;
}

/** Why the text was not read to its end. */
export interface Halt {
  readonly why: 'depth' | 'tokens' | 'second-document' | 'strays';
  readonly offset: number;
}

const options = {
  version: '1.2',
  keepSourceTokens: true, // yaml-value.ts finds by them what it has of a collection already
  prettyErrors: false, // they quote the line, and a secret may stand in it
  resolveKnownTags: false,
  stringKeys: true,
  uniqueKeys: false, // yaml's own look is quadratic; yaml-value.ts does it
} as const;

/**
 * Reads a YAML text in pieces of some thousand tokens, in the order of the text: yaml's own tree of a whole text takes a hundred times its
 * size. What is inside of an anchor that has not ended stays in one piece. Ends early where a budget is exceeded.
 */
export function* piecesOf(text: string, newLine: (offset: number) => void, everyTokens = 2048): Generator<YamlPiece, Halt | undefined> {
  const parser = new Parser(newLine);
  const composer = new Composer(options);
  let held = 0;
  let strays = 0; // directives, ends of documents, and what belongs nowhere
  let isRead = false; // the one document
  newLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (!isPart(token)) continue;
      if (token.type === 'document') isRead = true;
      else strays += 1;
      yield* documents(composer.next(token));
    }
    const { stack, offset } = parser;
    const halt =
      strays > budgets.configStrays.maxLines
        ? 'strays'
        : stack.length > budgets.configDepth.maxLevels
          ? 'depth'
          : isRead && stack[0]?.type === 'document'
            ? 'second-document'
            : held > budgets.configTokens.maxTokens
              ? 'tokens'
              : undefined;
    if (halt !== undefined) {
      yield* documents(composer.end(true, text.length));
      return { why: halt, offset: halt === 'second-document' ? (stack[0]?.offset ?? offset) : offset };
    }
    held = stack.length === 0 ? 0 : held + 1;
    if (held % everyTokens === 0) {
      for (const piece of finished(stack)) {
        held = 0;
        yield piece;
      }
    }
  }
  for (const token of parser.end()) if (isPart(token)) yield* documents(composer.next(token));
  yield* documents(composer.end(true, text.length));
  return undefined;
}

function* documents(composed: Iterable<Document.Parsed>): Generator<YamlPiece> {
  for (const document of composed) yield { document };
}

/** Whether it says anything: a million lines of comment before the document are not kept. */
function isPart({ type }: CST.Token): boolean {
  return type !== 'comment' && type !== 'newline' && type !== 'space' && type !== 'byte-order-mark';
}

/** Takes the items that are complete out of the collections that are not, from the outermost on: an alias comes after its anchor. */
function* finished([document, ...open]: readonly CST.Token[]): Generator<YamlPiece> {
  if (document?.type !== 'document' || hasAnchor(document.start)) return;
  for (const collection of open) {
    if (!CST.isCollection(collection)) return;
    const last = collection.items.at(-1);
    const items = takeItems(collection);
    if (last === undefined || items === undefined) return;
    if (items.length > 0) {
      yield { document: documentOf(collection, items), of: collection };
      startAt(collection, last);
    }
    if (hasAnchor(last.start) || hasAnchor(last.sep ?? [])) return; // an alias in there may mean the whole
  }
}

function hasAnchor(tokens: readonly CST.SourceToken[]): boolean {
  return tokens.some(({ type }) => type === 'anchor');
}

type Collection = CST.BlockMap | CST.BlockSequence | CST.FlowCollection;

/** All items but the last, which may go on; `undefined` where what is left would not be read as it is now. */
function takeItems(collection: Collection): CST.CollectionItem[] | undefined {
  const last = collection.items.at(-1);
  if (collection.type === 'flow-collection' && collection.items.length > 1) {
    if (last?.start[0]?.type !== 'comma') return undefined; // a mistake, to be told by yaml
    last.start.shift(); // nothing comes before the last item any more
  }
  return collection.items.splice(0, Math.max(collection.items.length - 1, 0));
}

/** yaml measures the length of a field's name from where its mapping starts. */
function startAt(collection: Collection, { start, key, sep, value }: CST.CollectionItem): void {
  collection.offset = (start[0] ?? key ?? sep?.[0] ?? value)?.offset ?? collection.offset;
}

/** What yaml makes of some items of a collection. A parser that ends is what finishes lists of one line. */
function documentOf(collection: Collection, items: CST.CollectionItem[]): Document {
  const parser = new Parser();
  const part = { ...collection, items, ...(collection.type === 'flow-collection' && { end: [endOf(collection)] }) } as Collection;
  parser.stack.push({ type: 'document', offset: collection.offset, start: [] }, part);
  const composer = new Composer(options);
  for (const token of parser.end()) {
    part.indent = collection.indent; // the parser takes a list of one line for the whole document
    for (const document of composer.next(token)) return document; // never: the composer waits for what may follow
  }
  for (const document of composer.end()) return document;
  throw new Error('yaml composed nothing of a collection');
}

function endOf({ start, offset, indent }: CST.FlowCollection): CST.SourceToken {
  const isMap = start.type === 'flow-map-start';
  return { type: isMap ? 'flow-map-end' : 'flow-seq-end', offset, indent, source: isMap ? '}' : ']' };
}
