/** A place in a text, counted from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with something that a person gave: a line for that person, which never holds a secret; and where, if anywhere. */
export interface Problem extends Partial<TextPlace> {
  /** Absent where it is of no file: of the command line, or of the only text there is. */
  readonly file?: string;
  readonly message: string;
}
