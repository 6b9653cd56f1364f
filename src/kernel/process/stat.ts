import { join } from 'node:path';
import { budgets } from '../../budgets.ts';
import type { ProcessIdentity } from '../../model/process.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import type { ProcessHandle, Source } from '../../model/source.ts';
import { printable } from '../../untrusted.ts';
import { readHead, readProcFile } from './file.ts';

/** USER_HZ: 100 on every Linux port that Go has (proc(5), `sysconf(_SC_CLK_TCK)`). */
export const ticksPerSecond = 100;

/** What memgap takes from /proc/PID/stat. */
export interface ProcessStat {
  readonly pid: number;
  /** At most 15 bytes, and whatever the process chose: spaces, parentheses, newlines. */
  readonly comm: string;
  /** One letter, proc(5): `R`, `S`, `D`, `Z` for a zombie, ... */
  readonly state: string;
  readonly startTicks: number;
  /** Fields 12, 14 and 15; the last two in clock ticks. */
  readonly majorFaults: number | undefined;
  readonly userTicks: number | undefined;
  readonly systemTicks: number | undefined;
  /** Fields 26 to 28, which execve(2) sets: where code begins, where it ends, where the stack began. Absent where the kernel hides them. */
  readonly program: string | undefined;
}

/** A process, with what was known of it at the last poll. */
export interface KnownProcess extends ProcessHandle {
  readonly identity?: ProcessIdentity | undefined;
}

/**
 * Who the process is, from /proc/PID/stat. Needs no right (hidepid apart). A zombie is `gone`: its memory is.
 * The time of boot is read for a new identity only: /proc/stat grows with the interrupts of a big machine. When the clock is stepped
 * while a process lives, `startTime` stays what it was; read without `identity` to have it anew. Which program it runs takes the right to
 * trace it (PTRACE_MODE_READ_FSCREDS), as its mappings do.
 */
export const stat = {
  name: 'stat',
  without: { needs: 'sight', lost: 'which process it is, and its restarts', families: ['memgap_target_start_time_seconds'] },
  read(process) {
    const text = readProcFile(process, 'stat');
    if (!text.ok) return text;
    const parsed = parseStat(text.value);
    if (!parsed.ok) return parsed;
    const { state, startTicks, program } = parsed.value;
    if (state === 'Z' || state === 'X')
      return missing('gone', `process ${process.pid} is a zombie: it has exited and its parent has not reaped it`);
    const { identity } = process;
    if (identity?.pid === process.pid && identity.startTicks === startTicks) return found(running(identity, program));
    const boot = readBootTime(process.paths.procfs);
    if (!boot.ok) return boot;
    return found(running({ pid: process.pid, startTicks, startTime: boot.value + startTicks / ticksPerSecond }, program));
  },
} as const satisfies Source<KnownProcess, ProcessIdentity>;

/** The same object while the program is the same; one that can't be told, as in the middle of an execve(2), is no other. */
function running(identity: ProcessIdentity, program: string | undefined): ProcessIdentity {
  return program === undefined || program === identity.program ? identity : { ...identity, program };
}

/** Pure: the text of /proc/PID/stat. The name ends at the LAST `)`, for it may hold any other. */
export function parseStat(text: string): Reading<ProcessStat> {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const fields = text
    .slice(close + 1)
    .trim()
    .split(' ');
  const pid = countOf(text.slice(0, open).trim());
  const startTicks = countOf(fields[19]); // field 22, and the first after the name is field 3
  const [state = ''] = fields;
  if (open < 1 || close < open || pid === undefined || startTicks === undefined || !/^[A-Za-z]$/.test(state)) {
    return missing('malformed', `not the text of a /proc/PID/stat: ${printable(text, 80)}`);
  }
  const program = fields.length < 26 || fields[25] === '0' ? undefined : fields.slice(23, 26).join(' ');
  const [majorFaults, userTicks, systemTicks] = [fields[9], fields[11], fields[12]].map(countOf);
  return found({ pid, comm: text.slice(open + 1, close), state, startTicks, majorFaults, userTicks, systemTicks, program });
}

/** Digits, and no more than a double holds: Number() alone takes 0x10, 1e3 and nothing at all. */
export function countOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Unix seconds of boot, from `btime` of /proc/stat. It stands behind the interrupt counts, which can be long. */
export function readBootTime(procfs: string): Reading<number> {
  const path = join(procfs, 'stat');
  const head = readHead(path, budgets.machineStat.maxBytes);
  if (!head.ok) return head;
  const [, btime] = /^btime (\d{1,12})$/m.exec(head.value.text) ?? [];
  return btime === undefined ? missing('malformed', `${path} has no btime line`) : found(Number(btime));
}
