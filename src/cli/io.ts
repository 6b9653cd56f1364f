/** What a command may use of the outside: handed down by main, so that tests can watch it. */
export interface Io {
  /** Writes to standard output. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
  /** Whether standard output takes color: a terminal, and no NO_COLOR. */
  readonly color: boolean;
}

/** What memgap's exit status says; the one table of it. */
export const exitCode = {
  /** Done: served until told to stop, explained, or the config is right. */
  ok: 0,
  /**
   * The work failed: the target could not be read (doctor: not wholly), the config file is wrong, the address is taken, a workload was
   * refused.
   */
  failed: 1,
  /** The command line is wrong: nothing was tried. */
  usage: 2,
  /** The load test was done, and a `--fail-if` holds, or could not be judged. */
  judged: 3,
} as const;

/** What went wrong with a file, by the code of the system call where there is one. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
