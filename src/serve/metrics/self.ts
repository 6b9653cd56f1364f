import { readFileSync } from 'node:fs';
import type { DiscoveryState } from '../../model/discovery.ts';
import { type Family, gaugeOf } from './family.ts';

/** The connections to memgap's own address. */
export interface ConnectionFigures {
  readonly open: number;
  readonly limit: number;
  /** How many memgap closed before their client did, by reason. */
  readonly closed: ReadonlyMap<string, number>;
}

/** What memgap knows of itself without measuring: from the build, and from the last load of its configuration. */
export interface Self {
  readonly version: string;
  readonly revision: string;
  configLoad(): ConfigLoad;
  /** How many processes that memgap started to read a file hang in its file system, where not even SIGKILL reaches them: 0 or 1. */
  stuckReaders(): number;
  /** Absent where nothing is discovered. */
  discovery?(): DiscoveryState | undefined;
  /** Absent where nothing is served. */
  connections?(): ConnectionFigures;
}

/** How the last load of the configuration went; `succeededAt` in Unix seconds, of the last load that went well. */
interface ConfigLoad {
  readonly successful: boolean;
  readonly succeededAt: number;
}

/** One measurement of memgap's own cost, in bytes and seconds. What this kernel does not tell is absent. */
export interface SelfFigures {
  readonly version: string;
  readonly revision: string;
  readonly nodeVersion: string;
  readonly configLoad: ConfigLoad;
  readonly rss: number | undefined;
  readonly anon: number | undefined;
  readonly cpuSeconds: number;
  readonly eventLoopLag: number;
  /** Unix seconds. */
  readonly startTime: number;
  readonly stuckReaders: number;
  readonly discovery?: DiscoveryState | undefined;
  readonly connections?: ConnectionFigures | undefined;
}

/** Measures memgap itself, at a scrape: one file of its own /proc (20 us), no timer, no histogram. */
export async function measureSelf(self: Self): Promise<SelfFigures> {
  const status = ownStatus();
  const { user, system } = process.cpuUsage();
  const before = performance.now();
  await new Promise((resolve) => setImmediate(resolve));
  return {
    version: self.version,
    revision: self.revision,
    nodeVersion: process.version,
    configLoad: self.configLoad(),
    rss: kilobytes(status, 'VmRSS'),
    anon: kilobytes(status, 'RssAnon'),
    cpuSeconds: (user + system) / 1e6,
    eventLoopLag: (performance.now() - before) / 1000,
    startTime: performance.timeOrigin / 1000,
    stuckReaders: self.stuckReaders(),
    discovery: self.discovery?.(),
    connections: self.connections?.(),
  };
}

function ownStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'latin1');
  } catch {
    return ''; // no /proc mounted: memgap's own sizes are then unknown, and it says of every target what it lacks
  }
}

function kilobytes(status: string, field: string): number | undefined {
  const [, count] = new RegExp(`^${field}:\\s*(\\d+) kB$`, 'm').exec(status) ?? [];
  return count === undefined ? undefined : Number(count) * 1024;
}

/** memgap's own families. */
export const selfFamilies: ReadonlyArray<Family<SelfFigures>> = [
  {
    name: 'memgap_build_info',
    type: 'gauge',
    help: 'Which memgap this is.',
    labels: ['version', 'revision', 'node_version'],
    values: ({ version, revision, nodeVersion }) => [{ labels: { version, revision, node_version: nodeVersion }, value: 1 }],
  },
  gaugeOf(
    'memgap_config_last_reload_successful',
    'Whether the last load of the configuration went well; if not, the one before is in force.',
    (self) => Number(self.configLoad.successful),
  ),
  gaugeOf(
    'memgap_config_last_reload_success_timestamp_seconds',
    'When the configuration in force was loaded.',
    (self) => self.configLoad.succeededAt,
  ),
  gaugeOf('memgap_self_rss_bytes', "memgap's own VmRSS of /proc/self/status.", (self) => self.rss),
  gaugeOf(
    'memgap_self_anon_bytes',
    "memgap's own RssAnon of /proc/self/status: what it costs beyond files shared with others.",
    (self) => self.anon,
  ),
  { ...gaugeOf('memgap_self_cpu_seconds_total', "memgap's own CPU time, user and system.", (self) => self.cpuSeconds), type: 'counter' },
  gaugeOf(
    'memgap_self_event_loop_lag_seconds',
    'How long this scrape waited for the next turn of the event loop.',
    (self) => self.eventLoopLag,
  ),
  gaugeOf(
    'memgap_self_stuck_readers',
    'Processes of memgap that hang in a file system that does not answer, where not even SIGKILL reaches them: 0 or 1.',
    (self) => self.stuckReaders,
  ),
  gaugeOf('memgap_self_start_time_seconds', 'When memgap started.', (self) => self.startTime),
];
