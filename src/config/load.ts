import { dirname } from 'node:path';
import { formatBytes } from '../units.ts';
import { checkDocument } from './check.ts';
import type { Config } from './config.ts';
import { canBeRead, readStart } from './files.ts';
import type { NamedFile } from './named-files.ts';
import { type Path, pathText } from './path.ts';
import { type Problem, sortedProblems } from './problem.ts';
import { parseYaml } from './yaml-text.ts';

/** A frozen configuration, or all that is wrong with it (20 problems at most, in the order of the text). */
export type LoadResult = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly problems: readonly Problem[] };

const longestFile = 1024 * 1024;

/**
 * Reads a configuration file (YAML, at most 1 MiB), and looks whether the files that it names can be read. Never throws for what it finds: a reload can keep
 * the old configuration. What lies on a file system that hangs is a problem after 2 s.
 */
export async function loadConfig(file: string): Promise<LoadResult> {
  const start = await readStart(file, longestFile);
  if (!start.ok) return failed([{ file, message: `cannot read the file: ${start.problem}` }]);
  if (!start.whole)
    return failed([{ file, message: `the file is longer than ${formatBytes(longestFile)}: is it a memgap configuration?` }]);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(start.bytes);
  } catch {
    return failed([{ file, message: 'the file is not UTF-8 text' }]);
  }
  const { result, files, problemAt } = parse(text, file);
  const unreadable: Problem[] = [];
  for (const named of files) {
    const { problem } = await canBeRead(named.file);
    // without the name, as path.ts has it: it may be the password itself, or a whole key
    if (problem !== undefined) unreadable.push(problemAt(named.path, `cannot read the file of this name: ${problem}`));
  }
  return unreadable.length === 0 ? result : failed([...(result.ok ? [] : result.problems), ...unreadable]);
}

/** Pure: the configuration in a text; `file` is what the problems name, and where relative file names start from. No file that it names is looked at. */
export function parseConfig(text: string, file: string): LoadResult {
  return parse(text, file).result;
}

interface Parsed {
  readonly result: LoadResult;
  readonly files: readonly NamedFile[];
  readonly problemAt: (path: Path, message: string, field?: string) => Problem;
}

function parse(text: string, file: string): Parsed {
  const yaml = parseYaml(text);
  if (!yaml.ok) {
    return { result: failed(yaml.faults.map((fault) => ({ file, ...fault }))), files: [], problemAt: (_, message) => ({ file, message }) };
  }
  const problemAt = (path: Path, message: string, field?: string): Problem => ({
    file,
    ...yaml.placeOf(path, field),
    message: path.length === 0 ? message : `${pathText(path)}: ${message}`,
  });
  const { files, ...checked } = checkDocument(yaml.value, dirname(file));
  const result = checked.ok ? checked : failed(checked.faults.map(({ path, field, message }) => problemAt(path, message, field)));
  return { result, files, problemAt };
}

function failed(problems: readonly Problem[]): LoadResult {
  return { ok: false, problems: sortedProblems(problems) };
}
