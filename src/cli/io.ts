/** What a command may use of the outside: handed down by main, so that tests can watch it. */
export interface Io {
  /** Writes to standard output. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
  /** Whether standard output takes color: a terminal, and no NO_COLOR. */
  readonly color: boolean;
}
