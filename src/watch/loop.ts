import { withDeadline } from '../deadline.ts';
import type { Config } from '../model/config.ts';
import type { TargetConfig } from '../model/target.ts';
import type { Poll } from '../poll/poll.ts';
import { createWatch, type WatchContext } from '../poll/watch.ts';
import { startBeat } from './beat.ts';
import type { Inheritance } from './inherit.ts';
import { createRecord, type TargetRecord } from './record.ts';

/** Where the sampler tells what happened; a pino logger is one. */
export interface SamplerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A target that is polled over and over. */
export interface Loop extends Inheritance {
  readonly target: TargetConfig;
  /** Ends it, and cuts the read that runs. */
  stop(): Promise<void>;
}

/** How a loop polls. */
interface LoopContext extends Omit<WatchContext, 'onBug'> {
  readonly rhythm: Pick<Config, 'pollInterval' | 'pollTimeout'>;
  readonly log: SamplerLog;
}

const news = { up: 'target is up', restarted: 'target was restarted', replaced: 'target runs another program now' } as const;

/** The way of every poll: a timer, poll/poll.ts, and the record, which makes the ledger. The first is after `delay` milliseconds. */
export function startLoop(target: TargetConfig, delay: number, known: Inheritance | undefined, context: LoopContext): Loop {
  const { rhythm, log, ...reads } = context;
  const { pollInterval, pollTimeout } = rhythm;
  const record = known?.record ?? createRecord(target.name, seconds());
  // three intervals (a config's timeout is no longer than its interval): an older snapshot is dropped rather than repeated. One of a slower
  // rhythm is served as it would have been, until there is one of this
  const freshFor = (3 * Math.max(pollInterval, pollTimeout)) / 1000;
  const self = { target, record, freshFor: Math.max(freshFor, known?.freshFor ?? 0), stop };
  const watch = createWatch(target, { ...reads, onBug });
  const end = startBeat(pollInterval, delay, async (stopping) => {
    try {
      const result = await withDeadline(pollTimeout, [stopping], watch.poll);
      if (!stopping.aborted) accept(result);
    } catch (error) {
      onBug(error, 'poll');
    }
  });

  function accept(result: Poll): void {
    for (const change of record.accept(result, seconds())) {
      if (change === 'down') log.warn({ target: target.name, why: whyDown(record) }, 'target is down');
      else log.info({ target: target.name }, news[change]);
    }
    self.freshFor = freshFor;
  }

  function onBug(error: unknown, source: string): void {
    log.error(
      { target: target.name, source, err: error instanceof Error ? (error.stack ?? error.message) : String(error) },
      'bug in memgap',
    );
  }

  async function stop(): Promise<void> {
    await end();
    await watch.close();
  }

  return self;
}

function whyDown(record: TargetRecord): string {
  const { ledger } = record.state(seconds(), Number.POSITIVE_INFINITY);
  const gaps = ledger === undefined ? [] : [ledger.rss, ledger.go].flatMap((reading) => (reading.ok ? [] : [reading.detail]));
  return [...new Set(gaps)].join('; ');
}

/** Of a clock that never steps. */
export function seconds(): number {
  return performance.now() / 1000;
}
