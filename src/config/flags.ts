import { basename } from 'node:path';
import { printable } from '../untrusted.ts';
import { checkDocument } from './check.ts';
import type { LoadResult } from './load.ts';
import type { Path } from './path.ts';
import { sortedProblems } from './problem.ts';

/** The flags that describe one target without a config file, as `parseArgs` gives them. */
export interface TargetFlags {
  readonly 'target.name'?: string | undefined;
  readonly 'target.pprof'?: string | undefined;
  readonly 'target.expvar'?: string | undefined;
  readonly 'target.metrics'?: string | undefined;
  readonly 'target.pid'?: string | undefined;
  readonly 'target.exe'?: string | undefined;
  readonly 'target.port'?: string | undefined;
  readonly 'target.cgroup'?: string | undefined;
  readonly 'poll.interval'?: string | undefined;
  readonly 'poll.timeout'?: string | undefined;
}

/** The configuration that the flags describe: checked as a config file is; the problems name the flags. Pure, for no flag names a file. */
export function configFromFlags(flags: TargetFlags): LoadResult {
  const go = given({ pprof: flags['target.pprof'], expvar: flags['target.expvar'], metrics: flags['target.metrics'] });
  const process = given({
    pid: wholeNumber(flags['target.pid']),
    exe: flags['target.exe'],
    port: wholeNumber(flags['target.port']),
    cgroup: flags['target.cgroup'],
  });
  const document = given({
    poll_interval: flags['poll.interval'],
    poll_timeout: flags['poll.timeout'],
    targets: [
      given({
        name: flags['target.name'] ?? defaultName(flags['target.exe']),
        go,
        process: Object.keys(process).length > 0 ? process : undefined,
      }),
    ],
  });
  const result = checkDocument(document, '.');
  if (result.ok) return { ok: true, config: result.config };
  return {
    ok: false,
    problems: sortedProblems(result.faults.map(({ path, message }) => ({ message: `${flagsAt(path)}: ${message}` }))),
  };
}

function given(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The number, or the text as it is, for the schema to refuse. */
function wholeNumber(text: string | undefined): number | string | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : text;
}

function defaultName(exe: string | undefined): string {
  return printable(basename(exe ?? ''), 128) || 'target';
}

/** `targets[0].go.pprof` -> `--target.pprof`; `--target.*` for what more than one flag decides. */
function flagsAt(path: Path): string {
  const [first = '', , part = '', field = part] = path.map(String);
  if (first !== 'targets') return `--${first.replace('_', '.')}`;
  return path.length < 3 || (path.length === 3 && part === 'process') ? '--target.*' : `--target.${field}`;
}
