import { goTable } from '../model/components/go.ts';
import { rssTable } from '../model/components/rss.ts';
import { type Bytes, parseBytes } from '../model/units.ts';
import { printable } from '../untrusted.ts';
import type { Verdict } from './judge.ts';
import { totals } from './measure.ts';

/** When a load test has failed: `--fail-if`. */
export type Condition =
  | { readonly text: string; readonly kind: 'leak' }
  | { readonly text: string; readonly kind: 'growth'; readonly name: string; readonly least: Bytes; readonly orEqual: boolean };

/** What came of one. */
export interface ConditionOutcome {
  readonly condition: string;
  /** `unknown` where the size was not known after each load, or there was one load only: a test that can't tell does not pass. */
  readonly holds: boolean | 'unknown';
  /** Bytes a cycle. */
  readonly growth: number | undefined;
}

const terms = new Set<string>([...totals, ...Object.keys(rssTable.components), 'unattributed', ...Object.keys(goTable.components)]);

const grammar = "growth [NAME] > SIZE[/cycle], as in 'growth > 5MiB/cycle' or 'growth c_malloc > 1MiB/cycle'; or leak";

/** `leak`, or `growth [of] [NAME] > SIZE[/cycle]` (NAME: rss); else the text with a caret under what is wrong with it. */
export function parseCondition(text: string): Condition | { readonly problem: string } {
  const tokens = [...text.matchAll(/>=|>|\/\s*cycle|[^\s>/]+|\S/g)].map((match) => ({ word: match[0], at: match.index }));
  let next = 0;
  const peek = () => tokens[next] ?? { word: '', at: text.length };
  const wrong = (what: string) => ({ problem: caret(text, peek().at, what) });

  const first = peek().word;
  if (first !== 'growth' && first !== 'leak') return wrong(`expected ${grammar}`);
  next += 1;
  if (first === 'leak') return peek().word === '' ? { text, kind: 'leak' } : wrong('expected nothing more after leak');
  if (peek().word === 'of') next += 1;
  let name = 'rss';
  if (!peek().word.startsWith('>') && peek().word !== '') {
    name = peek().word;
    if (!terms.has(name) && !/^cgroup_[a-z_]+$/.test(name)) return wrong(`no such size: one of ${[...terms].join(', ')}, cgroup_NAME`);
    next += 1;
  }
  const operator = peek().word;
  if (operator !== '>' && operator !== '>=') return wrong('expected > or >=');
  next += 1;
  const [size, words] = sizeAt(tokens.slice(next).map(({ word }) => word));
  if (size === undefined) return wrong('expected a size, as 5MiB or 500KiB');
  next += words;
  if (/^\/\s*cycle$/.test(peek().word)) next += 1;
  if (next < tokens.length) return wrong('expected /cycle, or the end');
  return { text, kind: 'growth', name, least: size, orEqual: operator === '>=' };
}

/** The number and its unit may stand apart. */
function sizeAt([first = '', second = '']: readonly string[]): readonly [Bytes | undefined, number] {
  const apart = parseBytes(`${first}${second}`);
  return apart !== undefined && /^[A-Za-z]+$/.test(second) ? [apart, 2] : [parseBytes(first), 1];
}

function caret(text: string, at: number, what: string): string {
  return `${printable(text)}\n${' '.repeat(printable(text.slice(0, at)).length)}^ ${what}`;
}

/** Whether it holds of what a test came to. */
export function outcomeOf(condition: Condition, { verdict, lines }: Verdict): ConditionOutcome {
  if (condition.kind === 'leak') {
    return { condition: condition.text, holds: verdict === 'undecided' ? 'unknown' : verdict === 'leak', growth: undefined };
  }
  const growth = lines.find(({ name }) => name === condition.name)?.perCycle;
  const holds = growth === undefined ? 'unknown' : condition.orEqual ? growth >= condition.least : growth > condition.least;
  return { condition: condition.text, holds, growth };
}
