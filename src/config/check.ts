import { safeParse } from 'valibot';
import type { Config } from './config.ts';
import { type Fault, faultsOf } from './faults.ts';
import { filesNamedIn, type NamedFile } from './named-files.ts';
import { resolveConfig } from './resolve.ts';
import { brokenRules } from './rules.ts';
import { configSchema } from './schema.ts';
import { unknownFields } from './unknown-fields.ts';

/** A configuration, or all that is wrong with the document; and the files that it names, which nobody has looked at. */
export type CheckResult = ({ readonly ok: true; readonly config: Config } | { readonly ok: false; readonly faults: readonly Fault[] }) & {
  readonly files: readonly NamedFile[];
};

/** Pure: checks a document, wherever it came from; file names in it are relative to `folder`. */
export function checkDocument(document: unknown, folder: string): CheckResult {
  const parsed = safeParse(configSchema, document);
  if (!parsed.success) return { ok: false, faults: [...faultsOf(parsed.issues), ...unknownFields(configSchema, document)], files: [] };

  const faults = brokenRules(parsed.output);
  const files = filesNamedIn(parsed.output, folder);
  return faults.length === 0 ? { ok: true, config: resolveConfig(parsed.output, folder), files } : { ok: false, faults, files };
}
