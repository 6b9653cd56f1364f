import { isDeepStrictEqual } from 'node:util';
import type { TargetState, Targets } from '../causes/state.ts';
import { ownPod } from '../discovery/kubernetes/in-cluster.ts';
import { createCollector } from '../engine/collect-garbage.ts';
import type { Config } from '../model/config.ts';
import type { DiscoveryState } from '../model/discovery.ts';
import type { KernelPaths } from '../model/source.ts';
import { createSharedWalks } from '../poll/shared-walks.ts';
import type { WatchContext } from '../poll/watch.ts';
import { createDiscovering } from './discovering.ts';
import { createRetired, inherit, isDiscovered } from './inherit.ts';
import { type Loop, type SamplerLog, seconds, startLoop } from './loop.ts';

/** Polls every target, each in a loop of its own, and keeps what came of it. */
export interface Sampler extends Targets {
  /**
   * Takes a configuration: new targets start, missing ones end, the others go on undisturbed. One that is another program now starts anew;
   * one that is only read in another way, or at another interval, keeps what is known of it, and its last snapshot until that is stale.
   */
  apply(config: Config): void;
  /** How the discovery does; absent where none is configured. */
  discovery(): DiscoveryState | undefined;
  /** Ends all loops and cuts the reads that run. */
  stop(): Promise<void>;
}

/** A sampler that watches nothing yet. */
export function createSampler(paths: KernelPaths, log: SamplerLog, reads: Pick<WatchContext, 'memoryReads' | 'environ'> = {}): Sampler {
  const collect = createCollector();
  const discovering = createDiscovering(paths, log, arrange);
  const retired = createRetired();
  const turns = createSharedWalks();
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
      const known = inherit(target, [...old.values()], targets, retired);
      // spread out over the interval, so that neither memgap nor a node's targets work all at once; one that is known, and not all of them,
      // is read on at once
      const delay = known === undefined || !sameRhythm ? (index / targets.length) * config.pollInterval : 0;
      loops.set(target.name, startLoop(target, delay, known, { ...reads, paths, log, rhythm: config, turns: turns() }));
    }
    const kept = new Set(loops.values());
    const handedOn = new Set([...kept].map(({ record }) => record));
    for (const loop of old.values()) {
      if (kept.has(loop)) continue;
      void loop.stop();
      if (isDiscovered(loop.target) && !handedOn.has(loop.record)) retired.put(loop.target.name, loop.record);
    }
  }

  function stateOf({ record, target, freshFor }: Loop): TargetState {
    const state = record.state(seconds(), freshFor);
    if (!isDiscovered(target)) return { ...state, ownPod: ownPod(target) };
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
