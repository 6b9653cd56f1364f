import { type AddressRange, sizeOf } from '../../../model/address-range.ts';
import { mebibyte } from '../sizes.ts';

/** What looks like a thread's stack, and in which mapping. */
export interface Stack {
  readonly index: number;
  readonly range: AddressRange;
}

const mostCached = 40 * mebibyte; // stacks of threads that have ended, which glibc keeps (stack_cache_maxsize of nptl/allocatestack.c)
const mostStarted = 4; // threads between the reading of their number and the walk
const largestGuard = 64 * 1024; // glibc takes it from the stack's size or adds it, by its release

/**
 * Which of them are stacks, by how many threads there are, for kernels that mark none (before 6.7): all, where threads and glibc's cache explain them. Else somebody
 * has guarded buffers among them: RLIMIT_STACK above the guard is a stack's usual size; of the other ones no more than there are threads left can be
 * stacks, and nothing tells which: in doubt. What is beyond belongs to the rest. (500 buffers of 256 KiB, with `nh` taken out: 125 MiB were called stacks.)
 */
export function stacksOf(found: readonly Stack[], threads: number, limit: number): { sure: readonly Stack[]; doubtful: readonly Stack[] } {
  const most = Math.max(0, threads - 1) + mostStarted; // the first thread's is called [stack]
  const isUsual = ({ range }: Stack) => Math.abs(sizeOf(range) - limit) <= largestGuard;
  const usual = found.filter(isUsual);
  const others = found.filter((stack) => !isUsual(stack)).sort((a, b) => sizeOf(b.range) - sizeOf(a.range));
  const all = [...usual, ...others];
  if (sizesOfStacks(all.slice(most)) <= mostCached) return { sure: all, doubtful: [] };
  const cached = Math.floor(mostCached / limit);
  const sure = usual.slice(0, most + cached);
  return { sure, doubtful: [...usual.slice(sure.length), ...others.slice(0, Math.max(0, most - usual.length))] };
}

function sizesOfStacks(stacks: readonly Stack[]): number {
  return stacks.reduce((sum, { range }) => sum + sizeOf(range), 0);
}
