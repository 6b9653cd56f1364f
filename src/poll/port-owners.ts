import { budgets } from '../budgets.ts';
import { ownersBehind, type PortHolders, socketsBehind } from '../discovery/port-owner.ts';
import type { ProcessIdentity } from '../model/process.ts';
import type { KernelPaths } from '../model/source.ts';
import type { Endpoint } from '../model/target.ts';

/** What the Go numbers of a poll came from. */
interface GoAnswer {
  readonly process: ProcessIdentity;
  readonly source: string;
  readonly endpoint: Endpoint;
  readonly numGc: number;
}

/** Who owns the port that a target's URL leads to: to be asked once a poll; `undefined` where it is not known, which is no evidence. */
export type PortOwnersReader = (told: GoAnswer, signal: AbortSignal) => Promise<PortHolders | undefined>;

const maxWalks = budgets.ownerWalks.maxEntries;
const pollsForAnother = 10; // as a Go source that has failed is looked for

/**
 * The port of one target. Its owner is asked for once for each process, program, source and run of the runtime, for it may take a walk over
 * all open files; since a target ends runs by counting its collections from the beginning, and programs by execve(2), it has a few such
 * walks in a row and then one every ten polls. Until that one the owner is not known. And every ten polls it is asked for again if other
 * sockets listen there than did before: a second process may share the port, and answer in the place of the first (SO_REUSEPORT).
 */
export function createPortOwners(paths: KernelPaths, ask = ownersBehind, listening = socketsBehind): PortOwnersReader {
  let last: (GoAnswer & { readonly holders: PortHolders | undefined; readonly sockets: ReadonlySet<string> | undefined }) | undefined;
  let left: number = maxWalks;
  let polls = 0;

  return async (told, signal) => {
    polls += 1;
    const isTenth = polls % pollsForAnother === 0;
    if (isTenth) left = Math.min(maxWalks, left + 1);
    if (last !== undefined && isOneRun(last, told) && !(isTenth && hasChanged(last.sockets, listening(told.endpoint.url)))) {
      last = { ...last, numGc: told.numGc };
      return last.holders;
    }
    last = undefined;
    if (told.endpoint.socketPath !== undefined || left === 0) return undefined;
    left -= 1;
    const sockets = listening(told.endpoint.url);
    last = { ...told, sockets, holders: await ask(told.endpoint.url, told.process.pid, paths, signal) };
    return last.holders;
  };
}

function isOneRun(before: GoAnswer, now: GoAnswer): boolean {
  return before.process === now.process && before.source === now.source && before.numGc <= now.numGc;
}

function hasChanged(before: ReadonlySet<string> | undefined, now: ReadonlySet<string> | undefined): boolean {
  return before?.size !== now?.size || [...(now ?? [])].some((socket) => before?.has(socket) !== true);
}
