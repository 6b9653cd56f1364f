import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const defaultGrowthBytes = 4 * 1024 * 1024;
let exposedGc: unknown;

/** Node 20's does nothing when told so. */
const collectOptions = Number.parseInt(process.versions.v8, 10) >= 12 ? [{ type: 'major', flavor: 'last-resort' }] : [];

/**
 * A full collection of memgap's own heap, at most once in each call's interval and only when heap and external memory grew by 4 MB since
 * the last: 2 MB save 1.6 MiB on Node 24, and cost a tenth of a poll's CPU. The first is due at once, unless `after` says what was held
 * before the work began: a collection takes 25 ms and more. Socket buffers are external memory that V8 does not feel; without this RSS
 * settles 15 to 20 MB higher (footprint in the README).
 *
 * Of the last resort, since Node 22: from there on V8 keeps the pages that a collection frees until 8 seconds pass without another one, so
 * after one burst in its life memgap had 20 MB of them for good. Such a collection gives them back at once: 2.5 MiB less beside one target,
 * for a tenth more CPU.
 */
export function createCollector(growthBytes: number = defaultGrowthBytes, heldAtStart = 0): () => boolean {
  setFlagsFromString('--expose-gc');
  exposedGc ??= runInNewContext('gc');
  const collect = exposedGc;
  let last = heldAtStart;
  return () => {
    if (typeof collect !== 'function' || heldBytes() < last + growthBytes) return false;
    collect(...collectOptions);
    last = heldBytes();
    return true;
  };
}

/** The heap, and what it holds outside of itself. */
export function heldBytes(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}
