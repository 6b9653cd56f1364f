// Runs modules of tests on the Node that runs this: prints them as they end, and sends what came of them, an Outcome, to its parent.
// Argument: an Order, as JSON.
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import type { Named, Order, Outcome } from './outcome.ts';

const order: Order = JSON.parse(process.argv[2] ?? '');
const timeout = 30 * 60_000;

/** Of an event of node:test what all releases have in common. */
interface Event {
  readonly name: string;
  readonly file?: string | undefined;
  readonly nesting: number;
  readonly skip?: string | boolean | undefined;
  readonly details: { readonly duration_ms: number };
}

function runModules(): void {
  const counts: Record<string, number> = {};
  const milliseconds: Record<string, number> = {};
  const failed: Named[] = [];
  const passed: Named[] = [];
  const skipped: (Named & { reason: string })[] = [];

  const files = [...order.modules];
  const coverage = order.coverage.length > 0 ? { coverage: true, coverageIncludeGlobs: order.coverage } : {};
  const stop = new AbortController();
  process.once('disconnect', () => stop.abort()); // the parent has ended: so do the tests
  const events = run({ files, concurrency: order.concurrency, timeout, signal: stop.signal, ...coverage });
  function onEnd(into: Named[]) {
    return ({ name, file = '', nesting, skip, details }: Event) => {
      if (nesting === 0) milliseconds[file] = (milliseconds[file] ?? 0) + details.duration_ms;
      if (skip !== undefined && skip !== false) skipped.push({ name, file, reason: typeof skip === 'string' ? skip : '' });
      else into.push({ name, file });
    };
  }
  events.on('test:pass', onEnd(passed)).on('test:fail', onEnd(failed));
  events.on('test:diagnostic', ({ message, nesting }) => {
    const [, what = '', count] = nesting === 0 ? (/^(pass|fail|cancelled|skipped) (\d+)$/.exec(message) ?? []) : [];
    if (count !== undefined) counts[what] = Number(count); // the last are those of the whole run
  });
  events
    .compose(new spec())
    .on('end', () => process.send?.({ counts, failed, passed, skipped, milliseconds } satisfies Outcome, () => process.disconnect()))
    .pipe(process.stdout);
}

runModules();
