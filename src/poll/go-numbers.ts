import { cpus } from 'node:os';
import { loopbackOf } from '../discovery/listeners.ts';
import { judgePair } from '../discovery/same-process.ts';
import type { GoNumbers, ProfileCounts } from '../model/go.ts';
import type { ProcessIdentity, ProcessStatus } from '../model/process.ts';
import { found, known, missing, type Reading } from '../model/reading.ts';
import type { KernelPaths } from '../model/source.ts';
import type { Endpoint } from '../model/target.ts';
import type { Bytes } from '../model/units.ts';
import { fact } from '../tape.ts';
import type { GoRead } from './go-endpoints.ts';
import type { GoSource } from './go-source.ts';
import type { PortOwnersReader } from './port-owners.ts';
import type { Recorder } from './recorder.ts';
import { sources } from './sources.ts';
import type { Walk } from './walk.ts';

/** Of the machine, not of memgap's share: each may hold back a batch of the kernel's counters. */
const processors = cpus().length;

/** The process that Go numbers are held against. */
interface Pair {
  readonly paths: KernelPaths;
  readonly process: ProcessIdentity;
  readonly status: Reading<ProcessStatus>;
  readonly portOwners: PortOwnersReader;
}

/** The Go numbers, if they are this process's: a pid and a URL of two different processes are refused. */
export async function refuseMismatch(
  go: GoRead,
  { paths, process, status, portOwners }: Pair,
  recorder: Recorder,
  signal: AbortSignal,
): Promise<GoRead> {
  const { source, endpoint, reading } = go;
  if (!reading.ok || source === undefined) return go;
  const { memstats, maxRss, processStartTime } = reading.value;
  const { numGc = 0 } = memstats;
  const holders = endpoint === undefined ? undefined : await portOwners({ process, source, endpoint, numGc }, signal);
  const port = endpoint === undefined ? undefined : loopbackOf(endpoint.url)?.port;
  const evidence = {
    identity: process,
    vmHwm: known(status)?.vmHwm,
    maxRss,
    sys: memstats.sys,
    vmSize: mappedAfter(memstats.sys, process, known(status)?.vmSize, paths),
    processStartTime,
    port: port === undefined || holders === undefined ? undefined : { number: port, owners: holders.pids, isShared: holders.isShared },
    cpus: fact('processors', () => processors) ?? processors,
  };
  let verdict = judgePair(evidence);
  if (!verdict.ok && processStartTime !== undefined) {
    // the clock may have been stepped since the start time was kept: then every start time of this machine has moved
    const anew = sources.stat.read({ pid: process.pid, paths });
    if (anew.ok && anew.value.startTicks === process.startTicks) verdict = judgePair({ ...evidence, identity: anew.value });
  }
  return verdict.ok ? go : refuse(go, verdict, recorder);
}

/** VmSize, which was read before the last Go numbers: once more where these have more, for the heap may have grown by gigabytes. */
function mappedAfter(sys: Bytes, { pid }: ProcessIdentity, vmSize: Bytes | undefined, paths: KernelPaths): Bytes | undefined {
  if (vmSize === undefined || sys <= vmSize) return vmSize;
  return known(sources.status.read({ pid, paths }))?.vmSize;
}

/** Takes the Go numbers back, if there are any: they are another process's. */
export function refuse(go: GoRead, why: Reading<never>, recorder: Recorder): GoRead {
  if (!go.reading.ok) return go;
  if (go.source !== undefined) recorder.refuse(go.source, why);
  return { ...go, reading: why };
}

/** With GOMEMLIMIT and GOGC as they are now, where the endpoint does not tell them and the target's memory may be read. */
export async function withSettings(go: GoRead, fromMemory: GoSource['fromMemory'], lastWalk: Walk | undefined): Promise<GoRead> {
  const { source, reading } = go;
  if (fromMemory === undefined || source === sources.runtime_memory.name || !reading.ok) return go;
  if (reading.value.memoryLimit !== undefined) return go;
  const own = await fromMemory(lastWalk);
  if (!own.ok) return go;
  const { gogc, memoryLimit } = own.value;
  const told = { ...(gogc !== undefined && { gogc }), ...(memoryLimit !== undefined && { memoryLimit }) };
  return { ...go, reading: found({ ...reading.value, ...told }) };
}

/** The counts of goroutines and threads: from the index page, unless the Go numbers came with them. */
export async function profileCounts(
  go: Reading<GoNumbers>,
  pprof: Endpoint | undefined,
  recorder: Recorder,
  signal: AbortSignal,
): Promise<Reading<ProfileCounts>> {
  if (!go.ok) return go;
  const { goroutines, threads } = go.value;
  if (goroutines !== undefined) return found({ goroutines, threads });
  if (pprof === undefined) return missing('disabled', 'no pprof endpoint is configured');
  return recorder.run(sources.pprof_index, pprof, signal);
}
