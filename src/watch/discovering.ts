import { isDeepStrictEqual } from 'node:util';
import { createDiscovery } from '../discovery/discover.ts';
import type { Config, DiscoveryConfig } from '../model/config.ts';
import type { Discovered, DiscoveryState } from '../model/discovery.ts';
import type { KernelPaths } from '../model/source.ts';
import type { TargetConfig } from '../model/target.ts';
import { startBeat } from './beat.ts';
import type { SamplerLog } from './loop.ts';

/** Looks for targets over and over, while the configuration asks for it. */
export interface Discovering {
  /** Takes a configuration; another `discovery` starts anew, and its first scan replaces what was found before. */
  apply(config: Config): void;
  /** What the last scan found. */
  targets(): readonly TargetConfig[];
  state(): DiscoveryState | undefined;
  stop(): Promise<void>;
}

interface ScanLoop {
  readonly config: DiscoveryConfig;
  targets: readonly TargetConfig[];
  last: Discovered | undefined;
  stop(): Promise<void>;
}

/** `onChange` is called when there are other targets than before. */
export function createDiscovering(paths: KernelPaths, log: SamplerLog, onChange: () => void): Discovering {
  let loop: ScanLoop | undefined;
  let taken: ReadonlySet<string> = new Set();

  function apply({ discovery, targets }: Config): void {
    taken = new Set(targets.map(({ name }) => name));
    if (isDeepStrictEqual(loop?.config, discovery)) return;
    const before = loop;
    void before?.stop();
    loop = discovery && start(discovery, before?.targets ?? []);
  }

  function start(config: DiscoveryConfig, targets: readonly TargetConfig[]): ScanLoop {
    const discovery = createDiscovery(config, paths);
    const self: ScanLoop = { config, targets, last: undefined, stop };
    const end = startBeat(config.interval, 0, async (stopping) => {
      try {
        const scanned = await discovery.scan(taken, stopping);
        if (stopping.aborted) return;
        if (scanned.ok) accept(scanned.value);
        else log.warn({ why: scanned.detail }, 'processes could not be scanned');
      } catch (error) {
        log.error({ err: error instanceof Error ? (error.stack ?? error.message) : String(error) }, 'bug in memgap');
      }
    });

    function accept(next: Discovered): void {
      const { last, targets } = self;
      self.last = next;
      self.targets = next.targets;
      tell(last, targets, next);
      if (!isDeepStrictEqual(targets, next.targets)) onChange();
    }

    async function stop(): Promise<void> {
      await end();
      await discovery.close();
    }

    return self;
  }

  function tell(last: Discovered | undefined, targets: readonly TargetConfig[], next: Discovered): void {
    const names = new Set(targets.map(({ name }) => name));
    for (const { name, process } of next.targets) {
      if (!names.delete(name)) log.info({ target: name, pid: process?.by === 'pid' ? process.pid : undefined }, 'target was discovered');
    }
    for (const name of names) log.info({ target: name }, 'target is gone');
    if (next.leftOut > 0 && next.leftOut !== last?.leftOut) {
      log.warn({ left_out: next.leftOut }, 'more processes than discovery.max_targets: some are not watched; narrow the rules or raise it');
    }
    if (next.unread > 0 && next.unread !== last?.unread) {
      log.info({ unread: next.unread }, 'some processes can not be read: discovery needs their uid and gid, or CAP_SYS_PTRACE');
    }
    const why = (of: Discovered | undefined) => (of?.api?.last?.ok === false ? of.api.last.detail : undefined);
    if (why(next) !== undefined && why(next) !== why(last)) log.warn({ why: why(next) }, 'names can not be had from the API server');
  }

  return {
    apply,
    targets: () => loop?.targets ?? [],
    state: () => loop && { last: loop.last, targets: loop.targets.length },
    async stop() {
      await loop?.stop();
    },
  };
}
