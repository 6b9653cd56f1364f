import { budgets } from '../budgets.ts';
import type { Endpoint } from '../config/config.ts';
import type { ProcessIdentity } from '../snapshot.ts';
import type { KernelPaths } from '../sources/source.ts';
import { ownersBehind } from '../targets/port-owner.ts';

/** What the Go numbers of a poll came from. */
interface Told {
  readonly process: ProcessIdentity;
  readonly source: string;
  readonly endpoint: Endpoint;
  readonly numGc: number;
}

/** Who owns the port that a target's URL leads to. */
export interface PortSide {
  /** To be asked once a poll; `undefined` where it is not known, which is no evidence. */
  owners(told: Told, signal: AbortSignal): Promise<readonly number[] | undefined>;
}

const most = budgets.ownerWalks.most;
const pollsForAnother = 10; // as a Go source that has failed is looked for

/**
 * The port side of one target. Its owner is asked for once for each process, program, source and run of the runtime, for it may take a walk over all open
 * files; since a target ends runs by counting its collections from the beginning, and programs by execve(2), it has a few such walks in a row and then one
 * every ten polls. Until that one the owner is not known.
 */
export function createPortSide(paths: KernelPaths, ask = ownersBehind): PortSide {
  let last: (Told & { readonly pids: readonly number[] | undefined }) | undefined;
  let left: number = most;
  let polls = 0;

  async function owners(told: Told, signal: AbortSignal): Promise<readonly number[] | undefined> {
    polls += 1;
    if (polls % pollsForAnother === 0) left = Math.min(most, left + 1);
    if (last !== undefined && isOneRun(last, told)) {
      last = { ...last, numGc: told.numGc };
      return last.pids;
    }
    last = undefined;
    if (told.endpoint.socketPath !== undefined || left === 0) return undefined;
    left -= 1;
    last = { ...told, pids: await ask(told.endpoint.url, told.process.pid, paths, signal) };
    return last.pids;
  }

  return { owners };
}

function isOneRun(before: Told, now: Told): boolean {
  return before.process === now.process && before.source === now.source && before.numGc <= now.numGc;
}
