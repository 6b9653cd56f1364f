import { anonInNoProcess } from './anon-in-no-process.ts';
import { bpfMapsUncharged } from './bpf-maps-uncharged.ts';
import { cAllocatorDirty } from './c-allocator-dirty.ts';
import { cMallocLeak } from './c-malloc-leak.ts';
import { cMallocRetained } from './c-malloc-retained.ts';
import type { Cause } from './cause.ts';
import { chargedElsewhere } from './charged-elsewhere.ts';
import { chargedUnmapped } from './charged-unmapped.ts';
import { executable } from './executable.ts';
import { fileCow } from './file-cow.ts';
import { goFragmentation } from './go-fragmentation.ts';
import { goGcHeadroom } from './go-gc-headroom.ts';
import { goLiveHeap } from './go-live-heap.ts';
import { goMetadata } from './go-metadata.ts';
import { goProfilerBuckets } from './go-profiler-buckets.ts';
import { goReserved } from './go-reserved.ts';
import { goStacks } from './go-stacks.ts';
import { goStartupSpike } from './go-startup-spike.ts';
import { goUntouched } from './go-untouched.ts';
import { go121Hugepages } from './go121-hugepages.ts';
import { go124Zeroing } from './go124-zeroing.ts';
import { gogcOff } from './gogc-off.ts';
import { hugepageRefill } from './hugepage-refill.ts';
import { jitCode } from './jit-code.ts';
import { kernelOther } from './kernel-other.ts';
import { kernelRings } from './kernel-rings.ts';
import { kernelSlab } from './kernel-slab.ts';
import { limitWithoutHeadroom } from './limit-without-headroom.ts';
import { lockedMemory } from './locked-memory.ts';
import { madvFree } from './madv-free.ts';
import { mappedFiles } from './mapped-files.ts';
import { nativeMmap } from './native-mmap.ts';
import { notALeakPlateau } from './not-a-leak-plateau.ts';
import { otherProcesses } from './other-processes.ts';
import { pageCache } from './page-cache.ts';
import { pageCacheThrashing } from './page-cache-thrashing.ts';
import { pageTables } from './page-tables.ts';
import { peakNotGo } from './peak-not-go.ts';
import { profileLag } from './profile-lag.ts';
import { raceDetector } from './race-detector.ts';
import { sendQueues } from './send-queues.ts';
import { shmem } from './shmem.ts';
import { socketBuffers } from './socket-buffers.ts';
import { threadStacks } from './thread-stacks.ts';
import { virtualSize } from './virtual-size.ts';

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
