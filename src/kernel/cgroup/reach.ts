import { closeSync, constants, openSync } from 'node:fs';
import { budgets } from '../../budgets.ts';
import type { Mounts } from '../../files/mountinfo.ts';
import { openPath, placeOf } from '../../files/open-path.ts';
import { askReader } from '../../files/reader.ts';
import { untilAborted } from '../../files/until-aborted.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import { printable } from '../../untrusted.ts';
import { codeOf, failedRead } from '../process/file.ts';
import { type HeldMount, openBelow } from './tree.ts';

/** A directory, and the way down from it. */
export interface WayToMount {
  /** A directory to trust: /proc/PID/root, or `/`. What is below it is the target's, and hostile. */
  readonly base: string;
  readonly parts: readonly string[];
  /** Whose mounts lie on it; memgap's own where it begins at memgap's root. */
  readonly pid: number | undefined;
  readonly mounts: Mounts;
}

/**
 * Opens the directory at the end of a way, part by part with O_NOFOLLOW: an absolute link below /proc/PID/root would lead into memgap's OWN
 * root and show memgap's own group. A look-up is a question to the file system that it is made in, so each must be proven local first;
 * where one is not (the root of a container, by and large: an overlay of which only the node sees the layers) a reader goes the whole way,
 * and what it holds open is taken over from it.
 */
export async function reach(way: WayToMount, signal: AbortSignal): Promise<Reading<HeldMount>> {
  const shown = printable(`/${way.parts.join('/')} below ${way.base}`, 512);
  if (way.parts.length > budgets.cgroupDepth.maxEntries) {
    return missing(
      'too-large',
      `${shown} lies ${way.parts.length} directories deep: memgap follows no more than ${budgets.cgroupDepth.maxEntries}`,
    );
  }
  const open: number[] = [];
  try {
    let fd = openSync(way.base, openPath | constants.O_DIRECTORY);
    open.push(fd);
    for (const part of way.parts) {
      const { mountId } = placeOf(fd);
      const mount = way.mounts.of(mountId, way.pid);
      const trust = way.mounts.trustOf(mount);
      const type = mount === undefined ? 'a mount that memgap does not see' : mount.type;
      if (trust === 'remote') return missing('unsupported', `the way to ${shown} leads through ${type}, which memgap never asks anything`);
      if (trust === 'unproven') return await byReader(way, { key: `${mountId ?? shown}`, shown: type }, shown, signal);
      fd = openBelow(fd, part);
      open.push(fd);
    }
    open.pop();
    return found({ fd, shown });
  } catch (error) {
    return failedReach(error, shown);
  } finally {
    for (const fd of open) closeSync(fd);
  }
}

/** The same in the thread that calls, whatever lies on the way, for a reader: it may hang. */
export function reachHere(base: string, parts: readonly string[]): Reading<number> {
  const shown = printable(`/${parts.join('/')} below ${base}`);
  try {
    return found(parts.reduce(openBelow, openSync(base, openPath | constants.O_DIRECTORY)));
  } catch (error) {
    return failedReach(error, shown);
  }
}

/** By the magic link of the reader's descriptor memgap is there at once, past all that lies on the way. */
async function byReader(
  { base, parts }: WayToMount,
  place: { readonly key: string; readonly shown: string },
  shown: string,
  signal: AbortSignal,
): Promise<Reading<HeldMount>> {
  const held = askReader('directory', { base, parts }, place, ({ fd }, pid): Reading<HeldMount> => {
    try {
      return found({ fd: openSync(`/proc/${pid}/fd/${fd}`, openPath | constants.O_DIRECTORY), shown });
    } catch (error) {
      return failedRead(error, shown);
    }
  });
  void held.then((late) => {
    if (signal.aborted && late.ok) closeSync(late.value.fd); // nobody waits for it any more
  });
  return untilAborted(held, signal, shown);
}

function failedReach(error: unknown, shown: string): Reading<never> {
  if (codeOf(error) === 'ENOTDIR')
    return missing('malformed', `${shown}: a part of it is no directory (memgap follows no symbolic link there)`);
  return failedRead(error, shown);
}
