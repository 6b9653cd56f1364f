import { readBytesOf } from './read-bytes.ts';
import type { Started } from './start.ts';
import type { Trial } from './trial.ts';

const pause = 100; // ms
const looksPerWorkingSet = 3;

/** A group that is watched. */
export interface Watched {
  /** Aborts when something in the group was killed, or its program has read too much. */
  readonly stop: AbortSignal;
  /** The last look; ends it. */
  end(): {
    readonly why: string | undefined;
    readonly use: Pick<Trial, 'oomKills' | 'readBytes' | 'peak' | 'anonymous' | 'refaults' | 'workingSets'>;
  };
}

/** Looks at a group every tenth of a second; `most` is how much its program may read. */
export function watchGroup({ child, group }: Pick<Started, 'child' | 'group'>, most: number): Watched {
  const stop = new AbortController();
  const workingSets: number[] = [];
  let readBytes = 0;
  let anonymous = 0;
  let looks = 0;
  let why: string | undefined;

  function look() {
    const use = group.read();
    readBytes = Math.max(readBytes, readBytesOf(child.pid) ?? 0);
    anonymous = Math.max(anonymous, use.anonymous);
    looks += 1;
    if (looks % looksPerWorkingSet === 0) workingSets.push(use.workingSet);
    if (use.oomKills > 0) why = 'killed for want of memory';
    else if (readBytes > most) why = `given up after it had read ${Math.round(readBytes / 1024 ** 2)} MiB`;
    if (why !== undefined) stop.abort();
    return use;
  }

  const timer = setInterval(look, pause);
  let last: ReturnType<Watched['end']> | undefined;
  return {
    stop: stop.signal,
    end: () => {
      clearInterval(timer);
      if (last !== undefined) return last;
      const { oomKills, peak, refaults } = look();
      last = { why, use: { oomKills, readBytes, peak, anonymous, refaults, workingSets } };
      return last;
    },
  };
}
