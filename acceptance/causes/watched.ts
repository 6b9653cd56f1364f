import type { Ledger } from '../../src/books/ledger.ts';
import type { Verdicts } from '../../src/causes/engine/judge.ts';
import type { TargetConfig } from '../../src/model/target.ts';
import { createWatch } from '../../src/poll/watch.ts';
import { createRecord } from '../../src/watch/record.ts';

/** What memgap came to in one poll. */
export interface Look {
  readonly verdicts: Verdicts;
  readonly ledger: Ledger;
}

/** A process under the engine that ships, polled by hand. */
export interface Watched {
  /** One poll, `seconds` (60) after the one before by the clock that memgap sees: each walks the mappings, and hours pass in a minute. */
  look(seconds?: number): Promise<Look>;
  close(): Promise<void>;
}

const pollTimeout = 10_000;

/** Watches a process, with `--process.memory-reads` or without. A bug in memgap is thrown. */
export function watched(target: TargetConfig, memoryReads = false): Watched {
  let time = Date.now() / 1000;
  const paths = { procfs: '/proc', cgroupfs: '/sys/fs/cgroup' };
  const watch = createWatch(target, {
    paths,
    memoryReads,
    clock: () => time,
    onBug: (error) => {
      throw error;
    },
  });
  const record = createRecord(target.name, time);

  async function look(seconds = 60): Promise<Look> {
    time += seconds;
    for (let attempt = 1; ; attempt += 1) {
      const poll = await watch.poll(AbortSignal.timeout(pollTimeout));
      const { bracket } = poll.snapshot;
      if (bracket.ok && !bracket.value.stable && attempt < 3) continue; // the machine is busy
      record.accept(poll, time);
      const { verdicts, ledger } = record.state(time, Number.POSITIVE_INFINITY);
      if (verdicts === undefined || ledger === undefined) throw new Error(`${target.name}: a poll left no verdict`);
      return { verdicts, ledger };
    }
  }

  return { look, close: () => watch.close() };
}
