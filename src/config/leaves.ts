import * as v from 'valibot';
import { type Bytes, formatDuration, parseBytes, parseDuration } from '../model/units.ts';
import { type EndpointAddress, parseAddress } from './endpoint-address.ts';

// The leaves of the document. A message continues "expected ..."; faults.ts adds what was there instead, unless it may be a secret.
// A title is the type's name in docs/configuration.md.

/** A duration in Prometheus's notation, in milliseconds within limits (both inclusive). */
export function duration(minMilliseconds: number, maxMilliseconds: number) {
  return v.pipe(
    v.string('a duration such as 15s or 1m30s'),
    v.title('duration'),
    v.rawTransform<string, number>(({ dataset, addIssue, NEVER }) => {
      const length = parseDuration(dataset.value);
      if (length !== undefined && length >= minMilliseconds && length <= maxMilliseconds) return length;
      const range = `from ${formatDuration(minMilliseconds)} to ${formatDuration(maxMilliseconds)}`;
      addIssue({ message: length === undefined ? 'a duration such as 15s or 1m30s' : `a duration ${range}` });
      return NEVER;
    }),
  );
}

/** A size in bytes, above 0: a plain number, or one with a unit. */
export const size = v.pipe(
  v.union([v.string(), v.number()], 'a size such as 64MiB'),
  v.title('size'),
  v.rawTransform<string | number, Bytes>(({ dataset, addIssue, NEVER }) => {
    const count = parseBytes(String(dataset.value));
    if (count !== undefined && count > 0) return count;
    addIssue({ message: count === 0 ? 'a size above 0' : 'a size such as 64MiB' });
    return NEVER;
  }),
);

/** A TCP port. */
export const port = v.pipe(
  v.number('a whole number'),
  v.integer('a whole number'),
  v.minValue(1, 'a port from 1 to 65535'),
  v.maxValue(65_535, 'a port from 1 to 65535'),
);

/** An http, https or unix: URL. */
export const address = v.pipe(
  v.string('an http, https or unix: URL'),
  v.title('URL'),
  v.description('An http or https URL, or unix:/SOCKET:/HTTP/PATH.'),
  v.rawTransform<string, EndpointAddress>(({ dataset, addIssue, NEVER }) => {
    const result = parseAddress(dataset.value);
    if (result.ok) return result.value;
    addIssue({ message: result.expected });
    return NEVER;
  }),
);

/** The name of a file that memgap reads; relative to the config file. */
export const fileName = v.pipe(v.string('a file name'), v.title('file name'), v.regex(/^[^\0]+$/, 'a file name'));

/** PEM text, as it stands between its BEGIN and END lines. */
export function pem(field: string) {
  return v.pipe(
    v.string('PEM text'),
    v.title('PEM text'),
    v.regex(/-----BEGIN [A-Z0-9 ]+-----/, `PEM text with a -----BEGIN line (for a file name use ${field}_file)`),
  );
}
