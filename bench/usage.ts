import { readdirSync, readFileSync } from 'node:fs';

/** What a process holds, in bytes; NaN for a line that its kernel does not have. */
export interface Held {
  readonly rss: number;
  readonly anon: number;
  /** VmHWM: the most that was ever resident. */
  readonly peak: number;
}

/** The sizes of a process from /proc/PID/status. */
export function heldBy(pid: number): Held {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1] ?? Number.NaN) * 1024;
  return { rss: field('VmRSS'), anon: field('RssAnon'), peak: field('VmHWM') };
}

/**
 * Milliseconds of CPU that the living threads of a process have used, from /proc/PID/task/TID/schedstat, which counts nanoseconds
 * (Documentation/scheduler/sched-stats.rst); the ticks of /proc/PID/stat are 10 ms, as long as a poll. memgap and the exporters end no
 * threads.
 */
export function cpuOf(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]);
  }
  return nanoseconds / 1e6;
}
