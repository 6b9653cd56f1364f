import { dirname } from 'node:path';
import { budgets } from '../budgets.ts';
import { optimized } from '../engine/optimized.ts';
import { readOwnFile } from '../files/own-file.ts';
import type { Config } from '../model/config.ts';
import type { Problem } from '../model/problem.ts';
import { formatBytes } from '../model/units.ts';
import { checkDocument } from './check.ts';
import type { Fault } from './faults.ts';
import type { ReferencedFile } from './named-files.ts';
import { pathText } from './path.ts';
import { sortedProblems } from './problem.ts';
import { parseYaml } from './yaml-text.ts';

/** A frozen configuration, or all that is wrong with it (20 problems at most, in the order of the text). */
export type LoadResult = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly problems: readonly Problem[] };

const maxBytes = budgets.configBytes.maxBytes;
/** Of 500 targets and more. A shorter one is read before the compiler has begun. */
const optimizedCharacters = 64 * 1024;

/**
 * Reads a configuration file (YAML, at most 2 MiB), and looks whether the files that it names can be read. Never throws for what it finds:
 * a reload can keep the old configuration. What lies on a file system that hangs is a problem after 2 s.
 */
export async function loadConfig(file: string): Promise<LoadResult> {
  const start = await readStart(file, maxBytes);
  if (!start.ok) return failed([{ file, message: `cannot read the file: ${start.problem}` }]);
  if (!start.whole) return failed([{ file, message: `the file is longer than ${formatBytes(maxBytes)}: is it a memgap configuration?` }]);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(start.bytes);
  } catch {
    return failed([{ file, message: 'the file is not UTF-8 text' }]);
  }
  const { result, files, problemAt } = text.length > optimizedCharacters ? optimized(() => parse(text, file)) : parse(text, file);
  const unreadable: Problem[] = [];
  const problems = new Map<string, string | undefined>();
  for (const named of files) {
    if (!problems.has(named.file)) problems.set(named.file, await problemOf(named.file));
    const problem = problems.get(named.file);
    // without the name, as path.ts has it: it may be the password itself, or a whole key
    if (problem !== undefined) unreadable.push(problemAt({ path: named.path, message: `cannot read the file of this name: ${problem}` }));
    if (unreadable.length > budgets.configProblems.maxProblems) break;
  }
  return unreadable.length === 0 ? result : failed([...(result.ok ? [] : result.problems), ...unreadable]);
}

/** Pure: the configuration in a text; `file` is what the problems name, and where relative file names start. It opens none of them. */
export function parseConfig(text: string, file: string): LoadResult {
  return parse(text, file).result;
}

interface Parsed {
  readonly result: LoadResult;
  readonly files: readonly ReferencedFile[];
  readonly problemAt: (fault: Fault) => Problem;
}

function parse(text: string, file: string): Parsed {
  const yaml = parseYaml(text);
  if (!yaml.ok) {
    const problems = yaml.faults.map((fault) => ({ file, ...fault }));
    return { result: failed(problems, 0, yaml.isCut), files: [], problemAt: ({ message }) => ({ file, message }) };
  }
  const problemAt = ({ path, field, message }: Fault): Problem => ({
    file,
    ...yaml.placeOf(yaml.offsetOf(path, field)),
    message: path.length === 0 ? message : `${pathText(path)}: ${message}`,
  });
  const { files, ...checked } = checkDocument(yaml.value, dirname(file));
  if (checked.ok) return { result: checked, files, problemAt };

  const faults = checked.faults
    .map((fault) => ({ ...fault, offset: yaml.offsetOf(fault.path, fault.field) }))
    .toSorted((one, other) => one.offset - other.offset);
  const told = faults.slice(0, budgets.configProblems.maxProblems);
  return { result: failed(told.map(problemAt), faults.length - told.length, checked.isCut), files, problemAt };
}

function failed(problems: readonly Problem[], others = 0, isCut = false): LoadResult {
  return { ok: false, problems: sortedProblems(problems, others, isCut) };
}

/** The start of a file, or why it cannot be read (a clause, without the file's name). */
type FileResult =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly whole: boolean }
  | { readonly ok: false; readonly problem: string };

/** At most so many bytes of a regular file. A FIFO or a device is refused, not opened for good; a file system that hangs costs 2 s. */
async function readStart(path: string, bytes: number): Promise<FileResult> {
  const file = await readOwnFile(path, bytes);
  return file.ok ? file : { ok: false, problem: words(file.problem) };
}

/** What is in the way of reading a file, if something is. */
async function problemOf(path: string): Promise<string | undefined> {
  const file = await readStart(path, 0);
  return file.ok ? undefined : file.problem;
}

const meanings: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'a part of its path is not a directory',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  ENXIO: 'it is a socket or a device',
};

function words(problem: string): string {
  const meaning = meanings[problem];
  return meaning === undefined ? problem : `${problem} (${meaning})`;
}
