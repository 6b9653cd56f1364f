import { LineCounter } from 'yaml';
import { budgets } from '../budgets.ts';
import { createCollector, heldBytes } from '../engine/collect-garbage.ts';
import type { Problem, TextPlace } from '../model/problem.ts';
import type { Path } from './path.ts';
import { type Halt, piecesOf } from './yaml-pieces.ts';
import { createYamlValue, type Mistake } from './yaml-value.ts';

/** The value of a YAML text, and where each part of it stands; or why it is not YAML. */
export type YamlResult =
  | {
      readonly ok: true;
      readonly value: unknown;
      readonly offsetOf: (path: Path, field: string | undefined) => number;
      readonly placeOf: (offset: number) => TextPlace;
    }
  | {
      readonly ok: false;
      readonly faults: readonly Problem[] /** Whether the rest of the text was not read. */;
      readonly isCut: boolean;
    };

/** A piece's tree is garbage once its value is made: V8 would gather 100 MB. Half doubles the collections, a tenth of the time now. */
const garbageBytes = 12 * 1024 * 1024;

/** Reads one YAML 1.2 document, with its aliases resolved. Within the budgets, whatever is in it: one that exceeds them is refused. */
export function parseYaml(text: string): YamlResult {
  const lineCounter = new LineCounter();
  const placeOf = (offset: number): TextPlace => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  if (linesOf(text) > budgets.configLines.maxLines)
    return { ok: false, faults: [{ line: 1, column: 1, message: tooManyLines }], isCut: false };
  const yaml = createYamlValue();
  const collect = createCollector(garbageBytes, heldBytes());
  const pieces = piecesOf(text, lineCounter.addNewLine);
  for (let next = pieces.next(); ; next = pieces.next()) {
    if (next.done === true) {
      const { mistakes } = yaml;
      const ended = next.value === undefined ? [] : [mistakeOf(next.value)];
      const faults = firstOfEachLine([...ended, ...mistakes], placeOf);
      if (faults.length > 0) return { ok: false, faults, isCut: next.value !== undefined && next.value.why !== 'second-document' };
      return { ok: true, value: yaml.value(), offsetOf: yaml.offsetOf, placeOf };
    }
    const excess = yaml.add(next.value);
    collect();
    const faults = yaml.mistakes.length > budgets.configProblems.maxProblems ? firstOfEachLine(yaml.mistakes, placeOf) : [];
    if (faults.length > budgets.configProblems.maxProblems) return { ok: false, faults, isCut: true };
    if (excess !== undefined) return { ok: false, faults: [{ ...placeOf(excess.offset), message: excesses[excess.of] }], isCut: false };
  }
}

const isIt = 'is it a memgap configuration?';
const excesses = {
  nodes: `more than ${budgets.configNodes.maxNodes} fields and values, those that aliases stand for included: ${isIt}`,
  items: `a list of more than ${budgets.configTargets.maxEntries}: there can be at most ${budgets.configTargets.maxEntries} targets`,
  fields: `more than ${budgets.configFields.maxEntries} fields in one mapping: ${isIt}`,
};
const tooManyLines = `more than ${budgets.configLines.maxLines} lines: ${isIt}`;

function linesOf(text: string): number {
  let count = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

function mistakeOf({ why, offset }: Halt): Mistake {
  return { code: codes[why], offset };
}

const codes = {
  depth: 'RESOURCE_EXHAUSTION',
  tokens: 'TOO_LONG',
  strays: 'STRAYS',
  'second-document': 'MULTIPLE_DOCS',
} as const;

const meanings: Readonly<Partial<Record<Mistake['code'], string>>> = {
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
  OPEN_ALIAS: 'this alias stands inside of what it stands for: write the value out',
  RESOURCE_EXHAUSTION: `nested too deeply (more than ${budgets.configDepth.maxLevels} levels)`,
  STRAYS: `more than ${budgets.configStrays.maxLines} lines here belong to no document (they start with % or ...)`,
  TAB_AS_INDENT: 'a tab indents this line: use spaces',
  TOO_LONG: `up to here more than ${budgets.configTokens.maxTokens} tokens (line breaks, comments, commas) belong to one value`,
  TAG_RESOLVE_FAILED: 'text that starts with ! is a YAML tag, and memgap knows none: put it in quotes',
};

// one mistake often confuses the parser for the rest of its line
function firstOfEachLine(mistakes: readonly Mistake[], placeOf: (offset: number) => TextPlace): readonly Problem[] {
  const faults = new Map<number, Problem>();
  for (const { code, offset } of mistakes) {
    const at = placeOf(offset);
    if (!faults.has(at.line)) faults.set(at.line, { ...at, message: `not YAML: ${meanings[code] ?? 'this does not belong here'}` });
  }
  return [...faults.values()];
}
