import type { GoLimit } from '../../../snapshot.ts';
import { type Bytes, bytes } from '../../../units.ts';
import type { HeapWords } from './counters.ts';

/** What the runtime's pacer (gcController of runtime/mgcpacer.go) was told, and what it wants. */
export interface Pacer {
  /** GOGC as a ratio, and GOMEMLIMIT: as they are now, whoever set them. */
  readonly gogc: GoLimit<number>;
  readonly memoryLimit: GoLimit<Bytes>;
  /** Absent where nothing starts a collection. */
  readonly nextGc: Bytes | undefined;
}

/** The most bytes before heapInUse that hold it. */
export const pacerSize = 304;

const heads = [304, 272]; // where gcController begins, before its heapInUse: Go 1.19; 1.27, which has lastConsMark for the controller of 1.19
/** Before heapInUse, the same in both. */
const at = { heapGoal: 200, sweepTrigger: 192, triggered: 184, lastStackScan: 144, globalsScan: 128, heapMarked: 120 } as const;
const defaultHeapMinimum = 4n * 1024n * 1024n;
const none = 2n ** 64n - 1n; // of unsigned words
const noLimit = 2n ** 63n - 1n; // math.MaxInt64
const mostAddresses = 2n ** 48n;
const minRunway = 64n * 1024n;

/**
 * Pure: the pacer out of the bytes that end where its heapInUse begins. Believed if two values that it computes are to the byte what they are computed from: the
 * least heap, 4 MiB x GOGC / 100 (setGCPercent), and the goal, out of what the last collection found alive, stacks and globals (commit).
 * `undefined` in any other layout, and for the moment in which one of these is already new and another is not.
 */
export function pacerIn(before: Buffer, heap: HeapWords): Pacer | undefined {
  for (const head of heads) {
    const start = before.length - head;
    if (start < 0) continue;
    const percent = before.readInt32LE(start);
    const memoryLimit = before.readBigInt64LE(start + 8);
    const least = before.readBigUInt64LE(start + 16);
    if (percent < -1 || memoryLimit < 0n || before.readInt32LE(start + 4) !== 0) continue;
    if (least !== BigInt.asUintN(64, defaultHeapMinimum * BigInt.asUintN(64, BigInt(percent))) / 100n) continue;
    const goal = wordOf(before, at.heapGoal);
    if (goal !== larger(least, goalOf(before, percent))) continue;
    const next = nextGoal(before, goal, memoryLimit, heap);
    return {
      gogc: percent < 0 ? 'off' : percent / 100,
      memoryLimit: memoryLimit === noLimit ? 'off' : bytes(Number(memoryLimit)),
      nextGc: next > mostAddresses ? undefined : bytes(Number(next)),
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
  return larger(larger(goal, wordOf(before, at.sweepTrigger)), triggered === none ? 0n : triggered + minRunway);
}

/** memoryLimitHeapGoal, with the 3 % below it that newer releases leave; 1.19 leaves a MiB. */
function limitedGoal(memoryLimit: bigint, marked: bigint, { mappedReady, heapFree, totalAlloc, totalFree }: HeapWords): bigint {
  const ready = BigInt(mappedReady);
  const overage = ready > memoryLimit ? ready - memoryLimit : 0n;
  const outside = ready - BigInt(heapFree) - BigInt(totalAlloc - totalFree) + overage;
  if (outside >= memoryLimit) return marked;
  const room = memoryLimit - outside;
  const headroom = larger((room / 100n) * 3n, 1024n * 1024n);
  return larger(marked, larger(room - headroom, headroom));
}

function larger(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
