import { ledgerJson } from '../answer/document.ts';
import { explainText } from '../answer/text.ts';
import type { Ledger } from '../books/ledger.ts';
import { judge } from '../causes/engine/judge.ts';
import { causes } from '../causes/index.ts';
import { createHistory } from '../history/history.ts';
import type { Past } from '../history/past.ts';
import { createRestartDetector } from '../watch/restart-detector.ts';
import type { Arguments } from './arguments.ts';
import { exitCode, type Io } from './io.ts';

/** Looks at one target, one after the other. */
export interface Looks {
  /** Takes the next one. */
  add(ledger: Ledger): void;
  /** The last that told something, and what is known of the same program by those before it; `undefined` where there was none at all. */
  seen(): { readonly ledger: Ledger; readonly past: Past } | undefined;
}

/** No looks yet. */
export function createLooks(): Looks {
  const detector = createRestartDetector();
  let history = createHistory();
  let first: Ledger | undefined;
  let latest: Ledger | undefined;

  return {
    add(ledger) {
      first ??= ledger;
      if (detector.next(ledger.snapshot) !== 'same') history = createHistory();
      if (!isUp(ledger)) return; // it may have ended meanwhile, and what was seen of it before still stands
      history.add(ledger);
      latest = ledger;
    },
    seen() {
      const ledger = latest ?? first;
      return ledger && { ledger, past: history.past() };
    },
  };
}

/** Prints what some looks came to; whether they told anything is the exit status. */
export function showLooks(looks: Looks, args: Arguments, io: Io): number {
  io.out(args.flag('json') ? looksJson(looks) : looksText(looks, io.color));
  return toldSomething(looks) ? exitCode.ok : exitCode.failed;
}

/** The last of some looks as JSON, as `explain --json` prints it; nothing where there were none. */
export function looksJson(looks: Looks): string {
  const seen = looks.seen();
  if (seen === undefined) return '';
  return `${ledgerJson(seen.ledger, judge(causes, seen), seen.past)}\n`;
}

function looksText(looks: Looks, color: boolean): string {
  const seen = looks.seen();
  if (seen === undefined) return '';
  const { ledger, past } = seen;
  return explainText(ledger, { color, past, verdicts: judge(causes, seen) });
}

/** Whether anything at all could be read in one of them. */
export function toldSomething(looks: Looks): boolean {
  const seen = looks.seen();
  return seen !== undefined && isUp(seen.ledger);
}

function isUp({ go, rss }: Ledger): boolean {
  return go.ok || rss.ok;
}
