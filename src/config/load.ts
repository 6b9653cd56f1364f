import { dirname } from 'node:path';
import { formatBytes } from '../units.ts';
import { checkDocument } from './check.ts';
import type { Config } from './config.ts';
import { readStart } from './files.ts';
import { pathText } from './path.ts';
import { type Problem, sortedProblems } from './problem.ts';
import { parseYaml } from './yaml-text.ts';

/** A frozen configuration, or all that is wrong with it (20 problems at most, in the order of the text). */
export type LoadResult = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly problems: readonly Problem[] };

const longestFile = 1024 * 1024;

/** Reads a configuration file (YAML, at most 1 MiB). Never throws for what it finds: a reload can keep the old configuration. */
export function loadConfig(file: string): LoadResult {
  const start = readStart(file, longestFile + 1);
  if (!start.ok) return failed([{ file, message: `cannot read the file: ${start.problem}` }]);
  if (start.bytes.length > longestFile) {
    return failed([{ file, message: `the file is longer than ${formatBytes(longestFile)}: is it a memgap configuration?` }]);
  }
  try {
    return parseConfig(new TextDecoder('utf-8', { fatal: true }).decode(start.bytes), file);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return failed([{ file, message: 'the file is not UTF-8 text' }]);
  }
}

/** The configuration in a text; `file` is what the problems name, and where relative file names start from. */
export function parseConfig(text: string, file: string): LoadResult {
  const yaml = parseYaml(text);
  if (!yaml.ok) return failed(yaml.faults.map((fault) => ({ file, ...fault })));

  const result = checkDocument(yaml.value, dirname(file));
  if (result.ok) return result;
  return failed(
    result.faults.map(({ path, field, message }) => ({
      file,
      ...yaml.placeOf(path, field),
      message: path.length === 0 ? message : `${pathText(path)}: ${message}`,
    })),
  );
}

function failed(problems: readonly Problem[]): LoadResult {
  return { ok: false, problems: sortedProblems(problems) };
}
