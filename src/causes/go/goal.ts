import type { MemStats } from '../../model/go.ts';

const kept = 1.1; // the scavenger keeps a tenth more than the goal needs (retainExtraPercent in runtime/mgcscavenge.go)

/** Whether the heap that Go holds is no more than its collector wants for the next cycle; what is beyond that is left from a higher load. */
export function isWithinGoal({ heapInuse, heapIdle, heapReleased, nextGc }: MemStats): boolean {
  return nextGc !== undefined && heapInuse + heapIdle - heapReleased <= kept * nextGc;
}
