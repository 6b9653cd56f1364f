import type { BuildInfo } from '../model/go.ts';
import type { ExeImage } from '../model/mapping.ts';
import type { Reading } from '../model/reading.ts';

/** What a reader can be asked, and what it answers: plain data, for it goes through a command line and a pipe. No job holds a secret. */
export interface ReaderJobs {
  /** A file's first bytes, in base64. */
  readonly file: { readonly job: { readonly path: string; readonly maxBytes: number }; readonly answer: FileAnswer };
  /** What an executable says of itself; `mapped`: out of those of its pages that are in the process's memory. */
  readonly executable: {
    readonly job: { readonly procfs: string; readonly pid: number; readonly mapped: boolean };
    readonly answer: ExecutableAnswer;
  };
  /** Opens a directory below another one, part by part, following no link, and holds it. */
  readonly directory: {
    readonly job: { readonly base: string; readonly parts: readonly string[] };
    readonly answer: { readonly fd: number };
  };
}

interface FileAnswer {
  readonly base64: string;
  readonly whole: boolean;
}

/** Both may be missing for reasons of their own. */
export interface ExecutableAnswer {
  readonly image: Reading<ExeImage>;
  readonly build: Reading<BuildInfo>;
}

/** The name of a job. */
export type ReaderJobName = keyof ReaderJobs;
