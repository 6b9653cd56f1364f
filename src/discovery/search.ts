import type { ProcessIdentity } from '../model/process.ts';
import { missing } from '../model/reading.ts';
import type { KernelPaths, Source } from '../model/source.ts';
import type { ProcessSelector } from '../model/target.ts';
import { findProcess } from './find.ts';

interface Sought {
  readonly selector: ProcessSelector;
  readonly paths: KernelPaths;
  /** The one that was last found by this selector: that it is gone says nothing of what may be seen from here. */
  readonly previousPid: number | undefined;
}

/** Looking for the process is a source like any other: it can be denied, and cost time. */
export const search = {
  name: 'process',
  without: {
    needs: 'sight',
    lost: 'everything but what the endpoints tell: RSS by owner, the container',
    families: ['memgap_rss_bytes', 'memgap_rss_component_bytes', 'memgap_cgroup_memory_bytes', 'memgap_oom_headroom_bytes'],
  },
  async read({ selector, paths, previousPid }, signal) {
    const process = await findProcess(selector, paths, signal);
    if (process.ok || previousPid === undefined || (process.reason !== 'gone' && process.reason !== 'not-found')) return process;
    return missing('gone', `process ${previousPid}, which was watched, has ended, and none is there in its place`);
  },
} satisfies Source<Sought, ProcessIdentity>;
