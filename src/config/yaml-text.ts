import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument, visit, type YAMLError } from 'yaml';
import type { Path } from './path.ts';

/** Line and column in the text, from 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with the text as YAML. Never quotes the text. */
interface YamlFault extends Place {
  readonly message: string;
}

/** The value of a YAML text, and where each part of it stands; or why it is not YAML. */
export type YamlResult =
  | { readonly ok: true; readonly value: unknown; readonly placeOf: (path: Path, field: string | undefined) => Place }
  | { readonly ok: false; readonly faults: readonly YamlFault[] };

// enough for 5000 targets that share three mappings; an alias of aliases counts as many (yaml's guard against "billion laughs")
const maxAliasCount = 20_000;

/** Reads one YAML 1.2 document, with its aliases resolved. */
export function parseYaml(text: string): YamlResult {
  const lineCounter = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const document = parseDocument(text, {
    lineCounter,
    logLevel: 'error', // 'silent' would hide a second document as well
    prettyErrors: false, // they quote the line, and a secret may stand in it
    resolveKnownTags: false,
    stringKeys: true,
    uniqueKeys: false, // surveyOf does it
  });
  const survey = surveyOf(document);
  const faults = [...document.errors, ...document.warnings, ...survey.faults];
  if (faults.length > 0) return { ok: false, faults: firstOfEachLine(faults, place) };

  try {
    const value: unknown = document.toJS({ maxAliasCount });
    return { ok: true, value, placeOf: (path, field) => place(offsetOf(document.contents, survey, path, field)) };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return { ok: false, faults: [{ line: 1, column: 1, message: 'too many aliases: write the values out' }] };
  }
}

type Mistake = Pick<YAMLError, 'code' | 'pos'>;

interface Survey {
  /** What each alias stands for. */
  readonly meant: ReadonlyMap<unknown, Node>;
  /** Where the fields of each mapping start. */
  readonly fields: ReadonlyMap<unknown, ReadonlyMap<unknown, number>>;
  readonly faults: readonly Mistake[];
}

/** One pass for what yaml itself does in quadratic time: aliases without an anchor, and fields given twice. */
function surveyOf(document: Document): Survey {
  const anchors = new Map<string, Node>();
  const meant = new Map<unknown, Node>();
  const fields = new Map<unknown, ReadonlyMap<unknown, number>>();
  const faults: Mistake[] = [];
  visit(document, {
    Node(_, node) {
      const offset = node.range?.[0] ?? 0;
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target === undefined) faults.push({ code: 'BAD_ALIAS', pos: [offset, offset] });
        else meant.set(node, target);
        return;
      }
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      if (!isMap(node)) return;

      const own = new Map<unknown, number>();
      for (const { key } of node.items) {
        if (!isScalar(key)) continue;
        const start = key.range?.[0] ?? offset;
        if (own.has(key.value)) faults.push({ code: 'DUPLICATE_KEY', pos: [start, start] });
        own.set(key.value, start);
      }
      fields.set(node, own);
    },
  });
  return { meant, fields, faults };
}

/** Where a part of the document starts, or the name of one of its fields; the nearest part around it for one that is not there. */
function offsetOf(contents: unknown, { meant, fields }: Survey, path: Path, field: string | undefined): number {
  let offset = 0;
  let node = contents;
  for (const step of [...path, undefined]) {
    node = meant.get(node) ?? node;
    if (isNode(node)) offset = node.range?.[0] ?? offset;
    if (step === undefined) break;
    node = isMap(node) || isSeq(node) ? node.get(step, true) : undefined;
  }
  return fields.get(node)?.get(field) ?? offset;
}

const meanings: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  ALIAS_PROPS: 'text that starts with * is an alias: put it in quotes',
  BAD_ALIAS: 'text that starts with * is an alias, and there is no anchor of that name before it: put it in quotes',
  BAD_DIRECTIVE: 'a line that starts with % is a YAML directive, and this is none: put the text in quotes',
  BAD_DQ_ESCAPE: 'not an escape that double quotes allow: use single quotes',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_SCALAR_START: 'a value cannot start with this character: put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second field on one line: start a new line, or put a value with a colon in quotes',
  DUPLICATE_KEY: 'this field is given twice',
  MISSING_CHAR: 'something is missing here: a closing quote or bracket, a comma, a dash, or a colon with a space after it',
  MULTILINE_IMPLICIT_KEY: 'this line is not part of the value above, and not "field: value" either',
  MULTIPLE_DOCS: 'a second document starts here: one file holds one configuration',
  NON_STRING_KEY: "a field's name must be plain text",
  RESOURCE_EXHAUSTION: 'nested too deeply',
  TAB_AS_INDENT: 'a tab indents this line: use spaces',
  TAG_RESOLVE_FAILED: 'text that starts with ! is a YAML tag, and memgap knows none: put it in quotes',
};

// one mistake often confuses the parser for the rest of its line
function firstOfEachLine(errors: readonly Mistake[], place: (offset: number) => Place): readonly YamlFault[] {
  const faults = new Map<number, YamlFault>();
  for (const { code, pos } of errors) {
    const at = place(pos[0]);
    if (!faults.has(at.line)) faults.set(at.line, { ...at, message: `not YAML: ${meanings[code] ?? 'this does not belong here'}` });
  }
  return [...faults.values()];
}
