import { found, missing, type Reading } from '../../model/reading.ts';
import type { ProcessHandle } from '../../model/source.ts';
import { withLockedFile } from './locked-file.ts';
import { readPieces } from './read-pieces.ts';

/**
 * How many mappings a process has, from /proc/PID/maps: a tenth of the cost of smaps, to the target as well. More than `most` are `too-large`,
 * and no more are counted. The same right as for smaps. `slow` is for a process that may hold its mappings' lock for long.
 */
export function countMappings(process: ProcessHandle, most: number, signal: AbortSignal): Promise<Reading<number>> {
  return withLockedFile(process, 'maps', signal, async (readLater) => {
    let count = 0;
    const take = (piece: string) => {
      for (let at = piece.indexOf('\n'); at !== -1; at = piece.indexOf('\n', at + 1)) count += 1;
      return count <= most;
    };
    if (await readPieces(readLater, { take, signal })) return found(count);
    if (count > most) return missing('too-large', `process ${process.pid} has more than ${most} mappings`);
    return missing('timeout', `counting the mappings of process ${process.pid} took too long`);
  });
}
