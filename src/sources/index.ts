import { cgroup } from './cgroup/cgroup.ts';
import { cgroupEvents } from './cgroup/events.ts';
import { cgroupPressure } from './cgroup/pressure.ts';
import { cgroupProcs } from './cgroup/procs.ts';
import { buildInfo } from './go/build-info.ts';
import { expvar } from './go/expvar.ts';
import { goMetrics } from './go/go-metrics.ts';
import { pprofHeap } from './go/pprof-heap.ts';
import { pprofIndex } from './go/pprof-index.ts';
import { ownMemory } from './go/runtime-memory/own-memory.ts';
import { runtimeMemory } from './go/runtime-memory/runtime-memory.ts';
import { activity } from './process/activity.ts';
import { environ } from './process/environ.ts';
import { exe } from './process/exe.ts';
import { limits } from './process/limits.ts';
import { mallocChunks } from './process/malloc-chunks.ts';
import { mallocHeld } from './process/malloc-held.ts';
import { openFiles } from './process/open-files.ts';

import { pagemap } from './process/pagemap.ts';
import { smaps } from './process/smaps.ts';
import { smapsRollup } from './process/smaps-rollup.ts';
import { stat } from './process/stat.ts';
import { status } from './process/status.ts';

/** Every source that memgap reads, by its name. Adding one is writing its file and naming it here. */
export const sources = {
  expvar,
  metrics: goMetrics,
  pprof_heap: pprofHeap,
  pprof_index: pprofIndex,
  build_info: buildInfo,
  stat,
  status,
  activity,
  limits,
  open_files: openFiles,
  environ,
  smaps,
  smaps_rollup: smapsRollup,
  exe,
  pagemap,
  malloc_chunks: mallocChunks,
  malloc_held: mallocHeld,
  runtime_memory: runtimeMemory,
  runtime_own_memory: ownMemory,
  cgroup,
  cgroup_events: cgroupEvents,
  cgroup_pressure: cgroupPressure,
  cgroup_procs: cgroupProcs,
};
