import { budgets } from '../../budgets.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
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

/** Which samples are wanted, as patterns that find the lines with them. */
export interface WantedSamples {
  readonly names: ReadonlySet<string>;
  readonly info: string;
  readonly infoValue: RegExp;
  /** Any line that bears a wanted name; and those of them only that have no labels, for once one with labels was seen no other matters. */
  readonly any: RegExp;
  readonly unlabeled: RegExp;
}

/** The patterns for some samples, and for the info metric of which one label is wanted. */
export function wantSamples(names: readonly string[], { info, label }: { readonly info: string; readonly label: string }): WantedSamples {
  const value = `\\{${label}="([\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]{1,128})",?\\}`;
  const lines = (labels: string) => new RegExp(`\\n(?:(?:${names.join('|')})(?![\\w:]${labels})|${info}(?=${value}))`, 'g');
  return { names: new Set(names), info, infoValue: new RegExp(`^${value}`), any: lines(''), unlabeled: lines('|[^\\S\\n]*\\{') };
}

/**
 * Picks a few samples without labels, and the label of one info metric, out of a stream of Prometheus text or OpenMetrics; holds one line.
 * `malformed` for HTML, for a wanted sample that stands there twice and for one that is no number: so each name is looked at twice at most.
 */
export function scanExposition(wanted: WantedSamples) {
  const numbers = new Map<string, number>();
  let labeled = false;
  let info: string | undefined;
  let begun = false;
  let failure: Reading<never> | undefined;
  const find = lineScan(budgets.metricsLine.maxBytes, () => (labeled ? wanted.unlabeled : wanted.any), take);

  function take(line: string): boolean {
    const name = /^[a-zA-Z_:][\w:]*/.exec(line.slice(0, 64))?.[0] ?? '';
    if (name === wanted.info) takeInfo(line.slice(name.length));
    else if (wanted.names.has(name)) takeNumber(name, line.slice(name.length).trim());
    return failure === undefined;
  }
  function takeInfo(rest: string): void {
    const value = wanted.infoValue.exec(rest)?.[1];
    if (value === undefined) return;
    if (info !== undefined) failure = missing('malformed', `${wanted.info} stands there twice: ${info}, ${value}`);
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
    add(chunk: Buffer): true {
      if (!begun) {
        const [first] = /[^\n]/.exec(chunk.toString('latin1')) ?? [];
        if (first === '<') failure = missing('malformed', 'a page of HTML, not of metrics');
        begun = first !== undefined;
      }
      if (failure === undefined) find(chunk);
      return true;
    },
    end(): Reading<Exposition> {
      return failure ?? found({ numbers, labeled, info });
    },
  };
}

/** As Go's strconv prints one, `1.0899528e+07`; a count is never NaN or Inf. */
const number = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;
