import { withDeadline } from '../../deadline.ts';
import { createDiscovery } from '../../discovery/discover.ts';
import { type OnlyGo, onlyGoProcess } from '../../discovery/only-go.ts';
import { found, mapReading, type Reading } from '../../model/reading.ts';
import type { TargetConfig } from '../../model/target.ts';
import type { Arguments } from '../arguments.ts';
import { configure, kernelPaths } from '../configure.ts';

/** Of a walk over all processes and the names from the API server. */
const scanMilliseconds = 15_000;

/** The only Go program in sight, by the executables of all processes. */
export function searchedGoProcess(args: Arguments): Promise<Reading<OnlyGo>> {
  return withDeadline(scanMilliseconds, [], (signal) => onlyGoProcess(kernelPaths(args), signal));
}

/** What the `discovery` of the configuration that a command line means finds now: one scan, of at most so many milliseconds. */
export async function discoveredTargets(args: Arguments, milliseconds = scanMilliseconds): Promise<Reading<readonly TargetConfig[]>> {
  const loaded = args.given('config.file') ? await configure(args) : undefined;
  if (loaded?.ok !== true || loaded.config.discovery === undefined) return found([]);
  const discovery = createDiscovery(loaded.config.discovery, kernelPaths(args));
  const taken = new Set(loaded.config.targets.map(({ name }) => name));
  try {
    return mapReading(await withDeadline(milliseconds, [], (signal) => discovery.scan(taken, signal)), ({ targets }) => targets);
  } finally {
    await discovery.close();
  }
}
