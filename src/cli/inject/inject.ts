import { redactAddress, redactIfAddress } from '../../config/endpoint-address.ts';
import type { InjectResult, Report } from '../../inject/change.ts';
import { inject, undo } from '../../inject/inject.ts';
import { printable } from '../../untrusted.ts';
import type { Arguments } from '../arguments.ts';
import { exitCode, type Io } from '../io.ts';
import { fail, refuse } from '../refuse.ts';
import { injectRequest } from './inject-request.ts';
import { readText, replaceFile } from './text-file.ts';

/** `memgap inject`: adds the sidecar to the workloads of a manifest, or takes it out. What was done goes to standard error. */
export async function injectCommand(args: Arguments, io: Io): Promise<number> {
  const file = args.text('file');
  const inPlace = args.flag('in-place');
  const request = injectRequest(args);
  const mistake =
    args.positionals.length > 0
      ? `inject takes no "${printable(redactAddress(args.positionals[0] ?? ''))}": name the file with -f`
      : file === undefined
        ? 'inject needs a manifest: -f FILE, or -f - for standard input'
        : inPlace && file === '-'
          ? '--in-place needs a file: standard input has no place'
          : 'message' in request
            ? request.message
            : undefined;
  if (mistake !== undefined || file === undefined || 'message' in request) return refuse([{ message: mistake ?? '' }], 'inject', io);

  const input = await readText(file);
  if (!input.ok) return fail(`cannot read ${printable(redactIfAddress(file))}: ${input.problem}`, io);
  const outcome = args.flag('undo') ? undo(input.text, request.only) : inject(input.text, request);
  io.err(reportText(outcome, file));
  if (outcome.text === undefined) return exitCode.failed;
  if (!inPlace) {
    io.out(outcome.text);
    return exitCode.ok;
  }
  const problem = outcome.text === input.text ? undefined : replaceFile(file, outcome.text);
  return problem === undefined ? exitCode.ok : fail(`cannot write ${printable(file)}: ${problem}`, io);
}

/** One line for each object; or, where anything was refused, those alone, each with its place as a compiler gives it. */
function reportText({ text, reports }: InjectResult, file: string): string {
  const name = file === '-' ? '(standard input)' : printable(file, 256);
  const refused = reports.filter(({ status }) => status === 'refused').map((report) => `${name}:${placeOf(report)} ${line(report)}`);
  const lines = text === undefined ? [...refused, 'memgap: nothing was written'] : reports.map(line);
  return lines.map((each) => `${each}\n`).join('');
}

function line({ id, status, detail }: Report): string {
  return `${id === undefined ? '' : `${id}: `}${status}: ${detail}`;
}

function placeOf({ line, column }: Report): string {
  return line === undefined ? '' : `${line}:${column}:`;
}
