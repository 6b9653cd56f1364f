/** What a reading came to: the value, or why there is none. A gap is data, never an exception, never 0 and never -1. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: Missing; readonly detail: string };

/** Why there is no value. A closed set: it is the `reason` label of `memgap_source_errors_total`. */
export type Missing =
  | 'gone' // the process, group or file is not there any more
  | 'denied' // the kernel refused the right
  | 'exhausted' // memgap, or the machine, has as many files open as it may
  | 'unsupported' // this kernel, Go version or program does not have it
  | 'malformed' // an answer came, and it is not what it should be
  | 'timeout' // no answer, or no end of it, before the deadline
  | 'unreachable' // nothing answered, or the server failed
  | 'unauthorized' // the server asks for credentials, or for others
  | 'not-found' // nothing of that name or at that path
  | 'too-large' // more bytes, or more mappings, than memgap reads
  | 'mismatch' // two sources speak of two different things
  | 'too-early' // what shows only over time has not been watched for long enough
  | 'disabled'; // not configured or switched off

/** A reading that came to a value. */
export function found<T>(value: T): Reading<T> {
  return { ok: true, value };
}

/** A reading that came to nothing, and why; `detail` is for a person and says what happened and where. */
export function missing(reason: Missing, detail: string): Reading<never> {
  return { ok: false, reason, detail };
}

/** The value or `undefined`: for a place that treats every gap alike. */
export function known<T>(reading: Reading<T>): T | undefined {
  return reading.ok ? reading.value : undefined;
}

/** The reading of something made from another reading; a gap passes through with its reason. */
export function mapReading<T, U>(reading: Reading<T>, change: (value: T) => U): Reading<U> {
  return reading.ok ? found(change(reading.value)) : reading;
}

/** errno(3) names, node's and undici's codes, to reasons: the one table of them. */
const reasons: ReadonlyMap<string, Missing> = new Map(
  Object.entries({
    ENOENT: 'gone', // also what hidepid answers
    ESRCH: 'gone', // exited between open and read
    ENODEV: 'gone', // a cgroup that was removed while its file was open
    ENOTDIR: 'gone',
    EACCES: 'denied',
    EPERM: 'denied',
    EMFILE: 'exhausted',
    ENFILE: 'exhausted',
    EOPNOTSUPP: 'unsupported', // memory.pressure with psi=0
    ENOSYS: 'unsupported',
    EINVAL: 'unsupported',
    ELOOP: 'malformed', // a symbolic link where a file is expected (O_NOFOLLOW)
    EISDIR: 'malformed',
    ENXIO: 'malformed', // a socket where a file is expected
    EAGAIN: 'malformed', // a FIFO where a file is expected (O_NONBLOCK)
    EIO: 'gone',
    ABORT_ERR: 'timeout',
    ETIMEDOUT: 'timeout',
    UND_ERR_ABORTED: 'timeout',
    UND_ERR_CONNECT_TIMEOUT: 'timeout',
    UND_ERR_HEADERS_TIMEOUT: 'timeout',
    UND_ERR_BODY_TIMEOUT: 'timeout',
    ECONNREFUSED: 'unreachable',
    ECONNRESET: 'unreachable',
    EPIPE: 'unreachable',
    EHOSTUNREACH: 'unreachable',
    ENETUNREACH: 'unreachable',
    ENOTFOUND: 'unreachable',
    EAI_AGAIN: 'unreachable',
    UND_ERR_SOCKET: 'unreachable',
    UND_ERR_HEADERS_OVERFLOW: 'too-large',
    UND_ERR_RESPONSE: 'malformed',
    UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'unreachable', // the body ended before it was whole
  } satisfies Record<string, Missing>),
);

/** The reason behind a failed call, from its `code`; `undefined` for one that the table does not know, which is a bug to surface. */
export function reasonOf(error: unknown): Missing | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'TimeoutError') return 'timeout'; // AbortSignal.timeout: a DOMException with a numeric code
  return 'code' in error ? reasons.get(String(error.code)) : undefined;
}
