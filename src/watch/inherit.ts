import { isDeepStrictEqual } from 'node:util';
import type { GoEndpoints, TargetConfig } from '../model/target.ts';
import type { TargetRecord } from './record.ts';

/** What is known of a target when its loop starts. */
export interface Inheritance {
  readonly record: TargetRecord;
  /** Seconds for which its last snapshot is served. */
  readonly freshFor: number;
}

/** A target and what is known of it. */
interface Known extends Inheritance {
  readonly target: TargetConfig;
}

/** What a target of a new list goes on with, errors, restarts and history included; `undefined` for one that is not known yet. */
export function inherit(
  target: TargetConfig,
  before: readonly Known[],
  targets: readonly TargetConfig[],
  retired: Retired,
): Inheritance | undefined {
  if (isDiscovered(target))
    return ofDiscovered(
      target,
      before.filter((known) => isDiscovered(known.target)),
      targets,
      retired,
    );
  return before.find((known) => known.target.name === target.name && isSameProgram(known.target, target));
}

/**
 * That of its process under the same name, else of the last process that had this name, else of this process under another name. (A process
 * that starts before it is moved into its group has another name first.)
 */
function ofDiscovered(
  { name, process }: TargetConfig,
  before: readonly Known[],
  targets: readonly TargetConfig[],
  retired: Retired,
): Inheritance | undefined {
  const same = before.find((known) => isDeepStrictEqual(known.target.process, process));
  if (same?.target.name === name) return same;
  const named = before.find((known) => known.target.name === name);
  const isGone = !targets.some((each) => isDeepStrictEqual(each.process, named?.target.process));
  if (named !== undefined && isGone) return named;
  const record = retired.take(name);
  return record === undefined ? same : { record, freshFor: 0 };
}

/** A discovered target is one process, not whatever bears a pid. */
export function isDiscovered({ process }: TargetConfig): boolean {
  return process?.by === 'pid' && process.startTicks !== undefined;
}

/** Whether two configurations mean the same program: how it is reached (credentials, certificates, limits) may change. */
function isSameProgram(one: TargetConfig, other: TargetConfig): boolean {
  return isDeepStrictEqual(one.process, other.process) && isDeepStrictEqual(addressesOf(one.go), addressesOf(other.go));
}

function addressesOf({ pprof, expvar, metrics }: GoEndpoints): ReadonlyArray<readonly (string | undefined)[]> {
  return [pprof, expvar, metrics].map((endpoint) => [endpoint?.url, endpoint?.socketPath]);
}

/** Records of discovered targets that are gone: a container that crashes in a loop is away for minutes, and its restarts count. */
interface Retired {
  put(name: string, record: TargetRecord): void;
  take(name: string): TargetRecord | undefined;
}

/** kubelet's longest pause between two starts of a container is 5 minutes; some of them may be missed. */
const keptMilliseconds = 900_000;
const maxRecords = 1000;

/** Keeps nobody for longer than a quarter of an hour, and the latest thousand at most. */
export function createRetired(now = () => performance.now()): Retired {
  const records = new Map<string, { readonly record: TargetRecord; readonly until: number }>();

  function forget(): void {
    for (const [name, { until }] of records) if (until < now() || records.size > maxRecords) records.delete(name);
  }

  return {
    put(name, record) {
      records.delete(name);
      records.set(name, { record, until: now() + keptMilliseconds });
      forget();
    },
    take(name) {
      forget();
      const kept = records.get(name);
      records.delete(name);
      return kept?.record;
    },
  };
}
