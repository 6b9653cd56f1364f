import { anonInNoProcess } from './container/anon-in-no-process.ts';
import { bpfMapsUncharged } from './container/bpf-maps-uncharged.ts';
import { chargedElsewhere } from './container/charged-elsewhere.ts';
import { chargedUnmapped } from './container/charged-unmapped.ts';
import { kernelOther } from './container/kernel-other.ts';
import { kernelRings } from './container/kernel-rings.ts';
import { kernelSlab } from './container/kernel-slab.ts';
import { limitWithoutHeadroom } from './container/limit-without-headroom.ts';
import { notALeakPlateau } from './container/not-a-leak-plateau.ts';
import { otherProcesses } from './container/other-processes.ts';
import { pageCache } from './container/page-cache.ts';
import { pageCacheThrashing } from './container/page-cache-thrashing.ts';
import { pageTables } from './container/page-tables.ts';
import { sendQueues } from './container/send-queues.ts';
import { shmem } from './container/shmem.ts';
import { socketBuffers } from './container/socket-buffers.ts';
import type { Cause } from './engine/cause.ts';
import { goFragmentation } from './go/go-fragmentation.ts';
import { goGcHeadroom } from './go/go-gc-headroom.ts';
import { goLiveHeap } from './go/go-live-heap.ts';
import { goMetadata } from './go/go-metadata.ts';
import { goProfilerBuckets } from './go/go-profiler-buckets.ts';
import { goReserved } from './go/go-reserved.ts';
import { goStacks } from './go/go-stacks.ts';
import { goStartupSpike } from './go/go-startup-spike.ts';
import { goUntouched } from './go/go-untouched.ts';
import { go121Hugepages } from './go/go121-hugepages.ts';
import { go124Zeroing } from './go/go124-zeroing.ts';
import { gogcOff } from './go/gogc-off.ts';
import { hugepageRefill } from './go/hugepage-refill.ts';
import { madvFree } from './go/madv-free.ts';
import { profileLag } from './go/profile-lag.ts';
import { raceDetector } from './go/race-detector.ts';
import { virtualSize } from './go/virtual-size.ts';
import { cAllocatorDirty } from './native/c-allocator-dirty.ts';
import { cMallocLeak } from './native/c-malloc-leak.ts';
import { cMallocRetained } from './native/c-malloc-retained.ts';
import { executable } from './native/executable.ts';
import { fileCow } from './native/file-cow.ts';
import { jitCode } from './native/jit-code.ts';
import { lockedMemory } from './native/locked-memory.ts';
import { mappedFiles } from './native/mapped-files.ts';
import { nativeMmap } from './native/native-mmap.ts';
import { peakNotGo } from './native/peak-not-go.ts';
import { threadStacks } from './native/thread-stacks.ts';

/** Every cause, the more specific first: it claims its bytes first. Adding one is writing its file, naming it here, and its runbook. */
export const causes: readonly Cause[] = [
  pageCacheThrashing, // first: what it claims must not be called harmless
  madvFree,
  go121Hugepages,
  hugepageRefill,
  goProfilerBuckets,
  goStartupSpike,
  goMetadata,
  goStacks,
  goFragmentation,
  gogcOff,
  goReserved,
  goLiveHeap,
  goGcHeadroom,
  goUntouched,
  raceDetector,
  cMallocLeak,
  cAllocatorDirty,
  cMallocRetained,
  nativeMmap,
  jitCode,
  fileCow,
  threadStacks,
  lockedMemory,
  mappedFiles,
  executable,
  shmem,
  pageTables,
  kernelRings,
  kernelSlab,
  socketBuffers,
  sendQueues,
  kernelOther,
  chargedUnmapped,
  otherProcesses,
  pageCache,
  go124Zeroing, // these claim no bytes
  limitWithoutHeadroom,
  chargedElsewhere,
  anonInNoProcess,
  notALeakPlateau,
  peakNotGo,
  bpfMapsUncharged,
  profileLag,
  virtualSize,
];
