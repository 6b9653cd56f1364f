import type { GoLimit } from '../../model/go.ts';
import { everyGo, goRuntime } from '../../model/go-layouts.ts';
import { type Bytes, bytes } from '../../model/units.ts';
import type { HeapWords } from './counters.ts';

/** What the runtime's pacer (gcController of runtime/mgcpacer.go) was told, and what it wants. */
export interface Pacer {
  /** GOGC as a ratio, and GOMEMLIMIT: as they are now, whoever set them. */
  readonly gogc: GoLimit<number>;
  readonly memoryLimit: GoLimit<Bytes>;
  /** Absent where nothing starts a collection. */
  readonly nextGc: Bytes | undefined;
}

const heads = everyGo('heapInUse'); // where gcController begins, before its heapInUse
const { fromStart, beforeHeapInUse: at } = goRuntime.gcController;

/** The most bytes before heapInUse that hold it. */
export const pacerSize = Math.max(...heads);

const defaultHeapMinimum = BigInt(goRuntime.defaultHeapMinimum);
const none = 2n ** 64n - 1n; // of unsigned words
const noLimit = 2n ** 63n - 1n; // math.MaxInt64
const addressSpaceBytes = 2n ** 48n;
const minRunway = BigInt(goRuntime.minRunway);
const { percent: headroomPercent, least: minHeadroom } = goRuntime.memoryLimitHeadroom;

/**
 * Pure: the pacer out of the bytes that end where its heapInUse begins. Believed if two values that it computes are to the byte what they
 * are computed from: the least heap, 4 MiB x GOGC / 100 (setGCPercent), and the goal, out of what the last collection found alive, stacks
 * and globals (commit). `undefined` in any other layout, and for the moment in which one of these is already new and another is not.
 */
export function pacerIn(before: Buffer, heap: HeapWords): Pacer | undefined {
  for (const head of heads) {
    const start = before.length - head;
    if (start < 0) continue;
    const percent = before.readInt32LE(start + fromStart.gcPercent);
    const memoryLimit = before.readBigInt64LE(start + fromStart.memoryLimit);
    const heapMinimum = before.readBigUInt64LE(start + fromStart.heapMinimum);
    if (percent < -1 || memoryLimit < 0n || before.readInt32LE(start + 4) !== 0) continue;
    if (heapMinimum !== BigInt.asUintN(64, defaultHeapMinimum * BigInt.asUintN(64, BigInt(percent))) / 100n) continue;
    const goal = wordOf(before, at.gcPercentHeapGoal);
    if (goal !== larger(heapMinimum, goalOf(before, percent))) continue;
    const next = nextGoal(before, goal, memoryLimit, heap);
    return {
      gogc: percent < 0 ? 'off' : percent / 100,
      memoryLimit: memoryLimit === noLimit ? 'off' : bytes(Number(memoryLimit)),
      nextGc: next > addressSpaceBytes ? undefined : bytes(Number(next)),
    };
  }
  return undefined;
}

function wordOf(before: Buffer, distance: number): bigint {
  return before.readBigUInt64LE(before.length - distance);
}

function goalOf(before: Buffer, percent: number): bigint {
  if (percent < 0) return none;
  const marked = wordOf(before, at.heapMarked);
  return marked + ((marked + wordOf(before, at.lastStackScan) + wordOf(before, at.globalsScan)) * BigInt(percent)) / 100n;
}

/** heapGoalInternal: what GOMEMLIMIT leaves where that is less; else no less than a collection that is running, or a sweep, has to have. */
function nextGoal(before: Buffer, goal: bigint, memoryLimit: bigint, heap: HeapWords): bigint {
  const limited = memoryLimit === noLimit ? none : limitedGoal(memoryLimit, wordOf(before, at.heapMarked), heap);
  if (limited < goal) return limited;
  const triggered = wordOf(before, at.triggered);
  return larger(larger(goal, wordOf(before, at.sweepDistMinTrigger)), triggered === none ? 0n : triggered + minRunway);
}

/** memoryLimitHeapGoal, with the 3 % below it that newer releases leave; 1.19 and 1.20 leave a MiB. */
function limitedGoal(memoryLimit: bigint, marked: bigint, { mappedReady, heapFree, totalAlloc, totalFree }: HeapWords): bigint {
  const ready = BigInt(mappedReady);
  const overage = ready > memoryLimit ? ready - memoryLimit : 0n;
  const outside = ready - BigInt(heapFree) - BigInt(totalAlloc - totalFree) + overage;
  if (outside >= memoryLimit) return marked;
  const room = memoryLimit - outside;
  const headroom = larger((room / 100n) * BigInt(headroomPercent), BigInt(minHeadroom));
  return larger(marked, larger(room - headroom, headroom));
}

function larger(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
