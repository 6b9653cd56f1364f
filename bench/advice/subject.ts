/** A program whose advised sizes are tried. */
export interface Subject {
  /** Also what its executable is called while it is tried. */
  readonly name: string;
  /** What it stands for. */
  readonly kind: string;
  readonly launch: (place: Place) => Launch;
  /** The same work each time. Rejects where the program does not do it. */
  readonly load: (place: Place, signal: AbortSignal) => Promise<void>;
  /** A file to make before the first start, and its MiB. */
  readonly file?: number;
  /** The same for a folder of so many files. */
  readonly files?: { readonly count: number; readonly mib: number };
  /** What somebody starts in the same group every few seconds, as the kubelet does an exec probe. */
  readonly probe?: { readonly args: readonly string[]; readonly every: number };
  /** Another group reads the file before the look, and pays for its pages; not so where the size is tried. */
  readonly paidElsewhere?: boolean;
}

/** Where a program runs: a folder of its own, made anew for each start, and what it may listen on. */
export interface Place {
  readonly folder: string;
  readonly program: string;
  readonly port: number;
  readonly other: number;
  /** The file or the folder of files. */
  readonly data: string;
}

/** How a program is started, when it is ready, and what memgap reads. */
export interface Launch {
  readonly args: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  readonly directory?: string;
  /** Texts of files to write into the folder first. */
  readonly texts?: Readonly<Record<string, string>>;
  readonly ready: string;
  readonly pprof: string;
}

/** What a start is limited to; in bytes. */
export interface Size {
  readonly limit?: number;
  readonly gomemlimit?: number;
}
