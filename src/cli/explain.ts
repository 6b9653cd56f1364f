import { causes } from '../causes/index.ts';
import { judge } from '../causes/judge.ts';
import { formatProblem } from '../config/problem.ts';
import { ledgerJson } from '../explain/document.ts';
import { explainText } from '../explain/text.ts';
import { ledgerOf } from '../ledger/ledger.ts';
import { createHistory } from '../sampler/history.ts';
import { createWatch } from '../sampler/watch.ts';
import { printable } from '../untrusted.ts';
import type { Arguments } from './arguments.ts';
import { kernelPaths } from './configure.ts';
import { exitCode } from './exit-code.ts';
import { chooseTarget } from './explain-target.ts';
import type { Io } from './io.ts';

/** `memgap explain`: one snapshot of one target, as a waterfall or as JSON. */
export async function explain(args: Arguments, io: Io): Promise<number> {
  const choice = chooseTarget(args);
  if (!choice.ok) {
    for (const problem of choice.problems) io.err(`${printable(formatProblem(problem))}\n`);
    return exitCode.usage;
  }
  const watch = createWatch(choice.target, {
    paths: kernelPaths(args),
    memoryReads: args.flag('process.memory-reads'),
    onBug: (error, source) => io.err(`bug in memgap's source ${source}: ${error instanceof Error ? error.stack : error}\n`),
  });
  const controller = new AbortController();
  const deadline = setTimeout(() => controller.abort(), choice.config.pollTimeout);
  const { snapshot, mapped } = await watch.poll(controller.signal);
  clearTimeout(deadline);
  await watch.close();

  const ledger = ledgerOf(snapshot, mapped);
  const history = createHistory();
  history.add(ledger);
  const verdicts = judge(causes, { ledger, past: history.past() });
  io.out(args.flag('json') ? `${ledgerJson(ledger, verdicts)}\n` : explainText(ledger, { color: io.color, verdicts }));
  return ledger.go.ok || ledger.rss.ok ? exitCode.ok : exitCode.failed;
}
