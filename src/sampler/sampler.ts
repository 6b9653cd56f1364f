import { isDeepStrictEqual } from 'node:util';
import type { Config, TargetConfig } from '../config/config.ts';
import type { KernelPaths } from '../sources/source.ts';
import { ownPod } from '../targets/own-pod.ts';
import { createCollector } from './collect-garbage.ts';
import { createDiscovering, type DiscoveryState } from './discovering.ts';
import { type Change, createRecord, type TargetRecord } from './record.ts';
import { createRetired } from './retired.ts';
import type { TargetState, Targets } from './state.ts';
import { createWatch } from './watch.ts';

/** Where the sampler tells what happened; a pino logger is one. */
export interface SamplerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Polls every target, each in a loop of its own, and keeps what came of it. */
export interface Sampler extends Targets {
  /** Takes a configuration: new targets start, changed ones start anew, missing ones end, the others go on undisturbed. */
  apply(config: Config): void;
  /** How the discovery does; absent where none is configured. */
  discovery(): DiscoveryState | undefined;
  /** Ends all loops and cuts the reads that run. */
  stop(): Promise<void>;
}

interface Loop {
  readonly target: TargetConfig;
  readonly record: TargetRecord;
  stop(): Promise<void>;
}

const news = { up: 'target is up', restarted: 'target was restarted', replaced: 'target runs another program now' } as const;

/** A sampler that watches nothing yet. */
export function createSampler(paths: KernelPaths, log: SamplerLog, memoryReads = false): Sampler {
  const collect = createCollector();
  const discovering = createDiscovering(paths, log, arrange);
  const retired = createRetired();
  let loops = new Map<string, Loop>();
  let config: Config = { pollInterval: 15_000, pollTimeout: 5_000, targets: [] };
  let collector: NodeJS.Timeout | undefined;
  let stopped = false;

  function apply(next: Config): void {
    if (stopped) return; // a reload that came while memgap drains
    const sameRhythm = next.pollInterval === config.pollInterval && next.pollTimeout === config.pollTimeout;
    config = next;
    discovering.apply(next);
    arrange(sameRhythm);
    clearInterval(collector);
    collector = setInterval(collect, next.pollInterval);
  }

  /** Loops for what the configuration names and what was discovered: a loop goes on as long as nothing about its target has changed. */
  function arrange(sameRhythm = true): void {
    if (stopped) return;
    const names = new Set(config.targets.map(({ name }) => name));
    const targets = [...config.targets, ...discovering.targets().filter(({ name }) => !names.has(name))];
    const old = loops;
    loops = new Map();
    for (const [index, target] of targets.entries()) {
      const running = old.get(target.name);
      if (running !== undefined && sameRhythm && isDeepStrictEqual(running.target, target)) {
        loops.set(target.name, running);
        continue;
      }
      const record = discovered(target) ? inherited(target, old.values(), targets) : undefined;
      // spread out over the interval, so that neither memgap nor a node's targets work all at once; one that is known is read on at once
      const delay = record === undefined ? (index / targets.length) * config.pollInterval : 0;
      loops.set(target.name, startLoop(target, delay, record));
    }
    const kept = new Set(loops.values());
    const handedOn = new Set([...kept].map(({ record }) => record));
    for (const loop of old.values()) {
      if (kept.has(loop)) continue;
      void loop.stop();
      if (discovered(loop.target) && !handedOn.has(loop.record)) retired.put(loop.target.name, loop.record);
    }
  }

  /**
   * What is known of a discovered target goes on, restarts and history included: that of its process under the same name, else of the last process
   * that had this name, else of this process under another name. (A process that starts before it is moved into its group has another name first.)
   */
  function inherited({ name, process }: TargetConfig, loops: Iterable<Loop>, targets: readonly TargetConfig[]): TargetRecord | undefined {
    const all = [...loops].filter((loop) => discovered(loop.target));
    const same = all.find((loop) => isDeepStrictEqual(loop.target.process, process));
    if (same?.target.name === name) return same.record;
    const named = all.find((loop) => loop.target.name === name);
    const isGone = !targets.some((each) => isDeepStrictEqual(each.process, named?.target.process));
    return (isGone ? named?.record : undefined) ?? retired.take(name) ?? same?.record;
  }

  function startLoop(target: TargetConfig, delay: number, record = createRecord(target.name, seconds())): Loop {
    const { pollInterval, pollTimeout } = config;
    const watch = createWatch(target, { paths, onBug, memoryReads });
    let timer = setTimeout(tick, delay);
    let controller: AbortController | undefined;
    let running: Promise<void> = Promise.resolve();
    let stopped = false;

    function tick(): void {
      running = poll(performance.now());
    }

    async function poll(begin: number): Promise<void> {
      controller = new AbortController();
      const deadline = setTimeout(() => controller?.abort(), pollTimeout);
      try {
        const result = await watch.poll(controller.signal);
        if (!stopped) for (const change of record.accept(result, seconds())) tell(change, target.name, record);
      } catch (error) {
        onBug(error, 'poll');
      } finally {
        clearTimeout(deadline);
      }
      // no overlap: the next tick is set when this one is done, on the beat that it belongs to
      const late = (performance.now() - begin) % pollInterval;
      if (!stopped) timer = setTimeout(tick, Math.max(1, pollInterval - late));
    }

    function onBug(error: unknown, source: string): void {
      log.error(
        { target: target.name, source, err: error instanceof Error ? (error.stack ?? error.message) : String(error) },
        'bug in memgap',
      );
    }

    async function stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      controller?.abort();
      await running;
      await watch.close();
    }

    return { target, record, stop };
  }

  function tell(change: Change, target: string, record: TargetRecord): void {
    if (change === 'down') log.warn({ target, why: whyDown(record) }, 'target is down');
    else log.info({ target }, news[change]);
  }

  function whyDown(record: TargetRecord): string {
    const { ledger } = record.state(seconds(), Number.POSITIVE_INFINITY);
    const gaps = ledger === undefined ? [] : [ledger.rss, ledger.go].flatMap((reading) => (reading.ok ? [] : [reading.detail]));
    return [...new Set(gaps)].join('; ');
  }

  /** Three intervals: an older snapshot is dropped rather than repeated. (A config's timeout is no longer than its interval.) */
  function stateOf({ record, target }: Loop): TargetState {
    const state = record.state(seconds(), (3 * Math.max(config.pollInterval, config.pollTimeout)) / 1000);
    if (!discovered(target)) return { ...state, ownPod: ownPod(target) };
    return { ...state, name: target.name, labels: target.labels ?? {} }; // it may have got its name since
  }

  async function stop(): Promise<void> {
    stopped = true;
    clearInterval(collector);
    await Promise.all([discovering.stop(), ...[...loops.values()].map((loop) => loop.stop())]);
  }

  return {
    apply,
    stop,
    discovery: discovering.state,
    all: () => [...loops.values()].map(stateOf),
    find: (name) => {
      const loop = loops.get(name);
      return loop === undefined ? undefined : stateOf(loop);
    },
  };
}

function discovered({ process }: TargetConfig): boolean {
  return process?.by === 'pid' && process.startTicks !== undefined;
}

/** Of a clock that never steps. */
function seconds(): number {
  return performance.now() / 1000;
}
