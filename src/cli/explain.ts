import { causes } from '../causes/index.ts';
import { judge } from '../causes/judge.ts';
import type { Past } from '../causes/past.ts';
import { isThrashing } from '../causes/thrashing.ts';
import { ledgerJson } from '../explain/document.ts';
import { explainText } from '../explain/text.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Reading } from '../reading.ts';
import { createHistory } from '../sampler/history.ts';
import { printable } from '../untrusted.ts';
import type { Arguments } from './arguments.ts';
import { discoveredTargets } from './discovered.ts';
import { exitCode } from './exit-code.ts';
import { chooseTarget } from './explain-target.ts';
import type { Io } from './io.ts';
import { lookOnceOrTwice } from './poll-once.ts';
import { withPorts } from './probe-ports.ts';
import { refuse } from './refuse.ts';

/** `memgap explain`: one snapshot of one target, or two where one can't tell whether it thrashes, as a waterfall or as JSON. Without a target: of the only Go program in sight. */
export async function explain(args: Arguments, io: Io): Promise<number> {
  const discovered = await discoveredTargets(args);
  if (!discovered.ok) {
    io.err(`nothing can be discovered: ${printable(discovered.detail)}\n`);
    return exitCode.failed;
  }
  const choice = await chooseTarget(args, discovered.value);
  if (!choice.ok) return 'problems' in choice ? refuse(choice.problems, 'explain', io) : notFound(choice.search, io);
  if (choice.note !== undefined) io.err(`memgap: ${choice.note}\n`);
  const { pollTimeout } = choice.config;
  const target = args.flag('target.probe-ports') ? await withPorts(choice.target, pollTimeout, args) : choice.target;
  const looks = await lookOnceOrTwice(target, pollTimeout, args, io, (first) => isThrashing(first, pastOf([first])));
  const ledger = looks[looks.length - 1] ?? looks[0];
  const past = pastOf(looks);
  const verdicts = judge(causes, { ledger, past });
  io.out(args.flag('json') ? `${ledgerJson(ledger, verdicts, past)}\n` : explainText(ledger, { color: io.color, past, verdicts }));
  return ledger.go.ok || ledger.rss.ok ? exitCode.ok : exitCode.failed;
}

function pastOf(looks: readonly Ledger[]): Past {
  const history = createHistory();
  for (const ledger of looks) history.add(ledger);
  return history.past();
}

function notFound(search: Reading<never>, io: Io): number {
  if (!search.ok) io.err(`${printable(search.detail, 4096)}\nmemgap explain PID, URL or --target.*; memgap doctor says more.\n`);
  return exitCode.failed;
}
