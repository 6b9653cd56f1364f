import { buildInfo } from '../goruntime/build-info/build-info.ts';
import { runtimeMemory } from '../goruntime/counters/runtime-memory.ts';
import { expvar } from '../goruntime/endpoints/expvar.ts';
import { goMetrics } from '../goruntime/endpoints/go-metrics.ts';
import { pprofHeap } from '../goruntime/endpoints/pprof-heap.ts';
import { pprofIndex } from '../goruntime/endpoints/pprof-index.ts';
import { ownMemory } from '../goruntime/tables/own-memory.ts';
import { cgroup } from '../kernel/cgroup/cgroup.ts';
import { cgroupEvents } from '../kernel/cgroup/events.ts';
import { cgroupPressure } from '../kernel/cgroup/pressure.ts';
import { cgroupProcs } from '../kernel/cgroup/procs.ts';
import { exe } from '../kernel/executable/exe.ts';
import { mallocChunks } from '../kernel/memory/malloc-chunks.ts';
import { mallocHeld } from '../kernel/memory/malloc-held.ts';
import { pagemap } from '../kernel/memory/pagemap.ts';
import { smaps } from '../kernel/memory/smaps.ts';
import { smapsRollup } from '../kernel/memory/smaps-rollup.ts';
import { openFiles } from '../kernel/open-files/open-files.ts';
import { activity } from '../kernel/process/activity.ts';
import { environ } from '../kernel/process/environ.ts';
import { limits } from '../kernel/process/limits.ts';
import { stat } from '../kernel/process/stat.ts';
import { status } from '../kernel/process/status.ts';

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
