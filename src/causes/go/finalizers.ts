import type { Ledger } from '../../books/ledger.ts';
import { known } from '../../model/reading.ts';
import { formatBytes, mebibyte } from '../../model/units.ts';

const maxCollections = 4; // collections: a program that works, or two minutes old, has had more
const minHeapRatio = 10; // of what lives in Go's heap
const minBytes = 32 * mebibyte;

/** A guess from what Go says, and how to try it. */
export interface Finalizers {
  readonly sentence: string;
  readonly next: string;
}

/**
 * Small Go handles with C memory behind them that only a finalizer frees (go-tree-sitter#181, go-ceph#904): the Go heap stays small, so
 * that it is not collected, and finalizers do not run (runtime.SetFinalizer). Seen in one look: hardly a collection, and C memory many
 * times the Go heap.
 */
export function finalizersOf({ snapshot }: Ledger, held: number): Finalizers | undefined {
  const { heapAlloc, numGc } = known(snapshot.go)?.memstats ?? {};
  if (known(snapshot.build)?.cgo === false || heapAlloc === undefined || numGc === undefined) return undefined;
  if (numGc > maxCollections || held < minBytes || held < minHeapRatio * heapAlloc) return undefined;
  return {
    sentence: `Go's collector has run ${numGc} times for ${formatBytes(heapAlloc)} of heap: what waits for finalizers of Go handles is not freed before it runs`,
    next: "curl -s 'URL/debug/pprof/heap?gc=1' >/dev/null, and look again: what went stood behind finalizers, so call Close on each handle",
  };
}
