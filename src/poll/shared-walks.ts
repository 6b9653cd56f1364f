import type { Bytes } from '../model/units.ts';
import { type LastWalk, walkInterval, walkIsDue } from './budget.ts';

/** The turns of one target at the walks over its process. */
export interface Turns {
  /** Whether this target may walk now; if not, it is in the queue for the next time. */
  isDue(pid: number, now: number, rss: Bytes | undefined): boolean;
  /** It did. */
  took(pid: number, walk: LastWalk): void;
  /** How many targets share the walks over its process, itself included: each walks so many times more seldom. */
  shared(): number;
  /** It watches this process no more. */
  leave(): void;
}

interface Walks {
  last: LastWalk | undefined;
  readonly targets: Set<Turns>;
  /** Who asked since the last walk of theirs and had none, longest ago first. */
  queue: readonly Turns[];
}

/** After so many nobody waits for the first of the queue any more: it may hang. */
const maxIntervals = 3;

/**
 * The walks over all processes, whosever target they are: two targets may name one process (one by pid, one by port, or a rule of discovery
 * as well), and the budget is the process's, for it is its mmap lock that a walk holds. They take turns.
 */
export function createSharedWalks(): () => Turns {
  const processes = new Map<number, Walks>();

  function turns(): Turns {
    let watched: number | undefined;

    function of(pid: number): Walks {
      if (watched !== pid) leave();
      watched = pid;
      const walks = processes.get(pid) ?? { last: undefined, targets: new Set(), queue: [] };
      processes.set(pid, walks);
      walks.targets.add(self);
      return walks;
    }

    function isDue(pid: number, now: number, rss: Bytes | undefined): boolean {
      const walks = of(pid);
      const { last } = walks;
      if (!walks.queue.includes(self)) walks.queue = [...walks.queue, self];
      const isNext = walks.queue[0] === self || (last !== undefined && now - last.at > maxIntervals * walkInterval(last, undefined));
      return isNext && walkIsDue(last, now, rss);
    }

    function took(pid: number, walk: LastWalk): void {
      const walks = of(pid);
      walks.last = walk;
      walks.queue = walks.queue.filter((each) => each !== self);
    }

    function leave(): void {
      const walks = watched === undefined ? undefined : processes.get(watched);
      if (watched === undefined || walks === undefined) return;
      walks.targets.delete(self);
      walks.queue = walks.queue.filter((each) => each !== self);
      if (walks.targets.size === 0) processes.delete(watched);
      watched = undefined;
    }

    function shared(): number {
      return (watched === undefined ? undefined : processes.get(watched)?.targets.size) ?? 1;
    }

    const self: Turns = { isDue, took, shared, leave };
    return self;
  }

  return turns;
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `work` when the one before it has ended, over all targets of this process: two walks over mappings at once would hold two locks, and
 * each would seem to take as long as both, which its budget goes by. `undefined`, and nothing is run, where `signal` aborts before: a
 * target that holds up its own walk takes a poll from nobody else.
 */
export async function oneAtATime<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  return new Promise((resolve, reject) => {
    const giveUp = () => resolve(undefined);
    signal.addEventListener('abort', giveUp);
    last = last.then(async () => {
      signal.removeEventListener('abort', giveUp);
      if (!signal.aborted) await work().then(resolve, reject);
    });
  });
}
