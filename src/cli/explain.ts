import { causes } from '../causes/index.ts';
import { judge } from '../causes/judge.ts';
import { ledgerJson } from '../explain/document.ts';
import { explainText } from '../explain/text.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import type { Reading } from '../reading.ts';
import { createHistory } from '../sampler/history.ts';
import { printable } from '../untrusted.ts';
import type { Arguments } from './arguments.ts';
import { discoveredTargets } from './discovered.ts';
import { exitCode } from './exit-code.ts';
import { chooseTarget } from './explain-target.ts';
import type { Io } from './io.ts';
import { pollOnce } from './poll-once.ts';
import { withPorts } from './probe-ports.ts';
import { refuse } from './refuse.ts';

/** `memgap explain`: one snapshot of one target, as a waterfall or as JSON. Without a target: of the only Go program in sight. */
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
  const { snapshot, mapped } = await pollOnce(target, pollTimeout, args, io);

  const ledger = ledgerOf(snapshot, mapped);
  const history = createHistory();
  history.add(ledger);
  const past = history.past();
  const verdicts = judge(causes, { ledger, past });
  io.out(args.flag('json') ? `${ledgerJson(ledger, verdicts, past)}\n` : explainText(ledger, { color: io.color, past, verdicts }));
  return ledger.go.ok || ledger.rss.ok ? exitCode.ok : exitCode.failed;
}

function notFound(search: Reading<never>, io: Io): number {
  if (!search.ok) io.err(`${printable(search.detail, 4096)}\nmemgap explain PID, URL or --target.*; memgap doctor says more.\n`);
  return exitCode.failed;
}
