import { found, missing, type Reading } from '../../reading.ts';
import { printable } from '../../untrusted.ts';
import { lineScan } from './line-scan.ts';

/** What was wanted of a page of metrics and is there. */
export interface Exposition {
  /** By name; only samples without labels, for one with labels may speak of another program. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Whether a wanted name was there with labels. */
  readonly labeled: boolean;
  /** The value of the info metric's label. */
  readonly info: string | undefined;
}

/** No line of ours has 200 bytes. */
const mostLine = 8 * 1024;

/**
 * Picks a few samples without labels, and the label of one info metric, out of a stream of Prometheus text or OpenMetrics; holds one line.
 * `malformed` for HTML, for a wanted sample that stands there twice and for one that is no number.
 */
export function scanExposition(names: readonly string[], want: { readonly info: string; readonly label: string }) {
  const wanted = new Set(names);
  const starts = new Set([want.info, ...names].map((name) => name.charCodeAt(0))); // most lines of a page begin otherwise
  const infoPattern = new RegExp(`^\\{${want.label}="([\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]{1,128})",?\\}`);
  const numbers = new Map<string, number>();
  let labeled = false;
  let info: string | undefined;
  let begun = false;
  let failure: Reading<never> | undefined;

  function take(line: Buffer): void {
    if (failure !== undefined || line.length === 0) return;
    if (!begun && line[0] === 0x3c) failure = missing('malformed', 'a page of HTML, not of metrics'); // <
    begun = true;
    if (!starts.has(line[0] ?? 0)) return;
    const name = /^[a-zA-Z_:][\w:]*/.exec(line.toString('latin1', 0, 64))?.[0] ?? '';
    if (name === want.info) takeInfo(line.toString('latin1', name.length));
    else if (wanted.has(name)) takeNumber(name, line.toString('latin1', name.length).trim());
  }
  function takeInfo(rest: string): void {
    const value = infoPattern.exec(rest)?.[1];
    if (value === undefined) return;
    if (info !== undefined && info !== value) failure = missing('malformed', `${want.info} stands there twice: ${info}, ${value}`);
    info = value;
  }
  function takeNumber(name: string, rest: string): void {
    if (rest.startsWith('{')) {
      labeled = true;
      return;
    }
    const [value = '', time = '0'] = rest.split(/[ \t]+/, 2); // OpenMetrics may go on with an exemplar: # {...}
    if (!number.test(value) || !(number.test(time) || time === '#')) {
      failure = missing('malformed', `${name} is no number: ${printable(rest, 64)}`);
    } else if (numbers.has(name)) failure = missing('malformed', `${name} stands there twice`);
    else numbers.set(name, Number(value));
  }

  return {
    add: lineScan(mostLine, take),
    end(): Reading<Exposition> {
      return failure ?? found({ numbers, labeled, info });
    },
  };
}

/** As Go's strconv prints one, `1.0899528e+07`; a count is never NaN or Inf. */
const number = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;
