import { safeParse } from 'valibot';
import { budgets } from '../budgets.ts';
import type { Config } from '../model/config.ts';
import { type Fault, faultsOf } from './faults.ts';
import { filesNamedIn, type ReferencedFile } from './named-files.ts';
import { resolveConfig } from './resolve.ts';
import { brokenRules } from './rules.ts';
import { type CheckedDocument, configSchema } from './schema.ts';
import { unknownFields } from './unknown-fields.ts';

/**
 * A configuration, or what is wrong with the document: all of it, or the first of it and `isCut`; and the files that it names, unopened.
 */
export type CheckResult = (
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly faults: readonly Fault[]; readonly isCut: boolean }
) & { readonly files: readonly ReferencedFile[] };

/** Pure: checks a document, wherever it came from; file names in it are relative to `folder`. */
export function checkDocument(document: unknown, folder: string): CheckResult {
  const tooLong = longLists(document);
  if (tooLong.length > 0) return { ok: false, faults: tooLong, isCut: false, files: [] };

  const checked = inSlices(document);
  if (!checked.ok) {
    const unknown = unknownFields(configSchema, document, maxFaults);
    return { ok: false, faults: [...checked.faults, ...unknown.faults], isCut: checked.isCut || unknown.isCut, files: [] };
  }
  const faults = brokenRules(checked.document);
  const files = filesNamedIn(checked.document, folder);
  return faults.length === 0
    ? { ok: true, config: resolveConfig(checked.document, folder), files }
    : { ok: false, faults, isCut: false, files };
}

/** More than are shown, for they are not found in the order of the text. */
const maxFaults = 10 * budgets.configProblems.maxProblems;

/** valibot looks at every item of a list before it counts them. */
function longLists(document: unknown): readonly Fault[] {
  const lists = [
    { path: ['targets'], list: field(document, 'targets'), max: budgets.configTargets.maxEntries },
    { path: ['discovery', 'rules'], list: field(field(document, 'discovery'), 'rules'), max: budgets.configRules.maxEntries },
  ];
  return lists.flatMap(({ path, list, max }) =>
    Array.isArray(list) && list.length > max ? [{ path, message: `expected at most ${max} ${path.at(-1)}` }] : [],
  );
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

const targetsAtOnce = 100;

type Checked =
  | { readonly ok: true; readonly document: CheckedDocument }
  | { readonly ok: false; readonly faults: readonly Fault[]; readonly isCut: boolean };

/** The targets some at a time, for valibot makes an object of half a kilobyte for each mistake, and can't be told to stop. */
function inSlices(document: unknown): Checked {
  const targets = field(document, 'targets');
  const all: readonly unknown[] = Array.isArray(targets) ? targets : [];
  const faults: Fault[] = [];
  const parts: CheckedDocument[] = [];
  for (let first = 0; first === 0 || first < all.length; first += targetsAtOnce) {
    const part = all.length <= targetsAtOnce ? document : { ...Object(document), targets: all.slice(first, first + targetsAtOnce) };
    const parsed = safeParse(configSchema, part);
    if (parsed.success) parts.push(parsed.output);
    else for (const fault of faultsOf(parsed.issues)) if (first === 0 || isOfATarget(fault)) faults.push(moved(fault, first));
    if (faults.length > maxFaults) return { ok: false, faults, isCut: first + targetsAtOnce < all.length };
  }
  const [whole] = parts;
  if (faults.length > 0 || whole === undefined) return { ok: false, faults, isCut: false };
  return { ok: true, document: parts.length === 1 ? whole : { ...whole, targets: parts.flatMap((part) => part.targets ?? []) } };
}

function isOfATarget({ path }: Fault): boolean {
  return path[0] === 'targets' && typeof path[1] === 'number';
}

function moved(fault: Fault, by: number): Fault {
  const [targets, index, ...rest] = fault.path;
  return by === 0 || targets !== 'targets' || typeof index !== 'number' ? fault : { ...fault, path: [targets, index + by, ...rest] };
}
