import { ledgerOf } from '../../books/ledger.ts';
import { withDeadline } from '../../deadline.ts';
import { search } from '../../discovery/find.ts';
import { suspectsOf } from '../../discovery/suspects.ts';
import type { Addresses, TargetAddress, TlsLines } from '../../doctor/address.ts';
import type { Examination } from '../../doctor/diagnose.ts';
import { readProcessAccess } from '../../kernel/access/process-access.ts';
import { readSurroundings } from '../../kernel/access/surroundings.ts';
import { known, type Reading } from '../../model/reading.ts';
import type { SourceOutcome } from '../../model/snapshot.ts';
import type { Source } from '../../model/source.ts';
import type { Endpoint, GoEndpoints, TargetConfig, TlsConfig } from '../../model/target.ts';
import { sources } from '../../poll/sources.ts';
import type { Arguments } from '../arguments.ts';
import { kernelPaths } from '../configure.ts';
import type { Io } from '../io.ts';
import { pollOnce } from '../poll-once.ts';

const losses = Object.fromEntries([...Object.values(sources), search].map(({ name, without }) => [name, without]));

/** One poll of a target as `serve` makes it, then each source that it had no need of, and what anybody may know of the two processes. */
export async function examine(target: TargetConfig, timeout: number, args: Arguments, io: Io): Promise<Examination> {
  const paths = kernelPaths(args);
  const memoryReads = args.flag('process.memory-reads');
  const { snapshot, mapped } = await pollOnce(target, timeout, args, io);
  const pid = known(snapshot.process)?.pid ?? (await suspectsOf(target.process, paths, new AbortController().signal))[0];
  const outcomes: Record<string, SourceOutcome> = { ...snapshot.sources };
  const { expvar, metrics, pprof } = target.go;
  for (const [source, endpoint] of [
    [sources.expvar, expvar],
    [sources.metrics, metrics],
    [sources.pprof_heap, pprof],
  ] as const) {
    if (endpoint !== undefined) outcomes[source.name] ??= await tried(source, endpoint, timeout);
  }
  const unread = outcomes.runtime_memory === undefined && outcomes.malloc_chunks === undefined;
  if (memoryReads && unread && snapshot.process.ok) {
    // there was nothing to look up; whether it could be is the question
    outcomes.malloc_chunks = await tried(sources.malloc_chunks, { pid: snapshot.process.value.pid, paths, parts: [], arenas: [] }, timeout);
  }
  const process = pid === undefined ? undefined : readProcessAccess({ pid, paths });
  const ledger = ledgerOf(snapshot, mapped);
  return {
    target: target.name,
    ledger,
    outcomes,
    losses,
    facts: {
      surroundings: readSurroundings(paths),
      process,
      guessed: !snapshot.process.ok,
      foundBy: target.process?.by,
      addresses: addressesOf(target.go),
    },
    asked: { go: ledger.go.ok || Object.keys(target.go).length > 0, process: target.process !== undefined, memoryReads },
  };
}

/** Where no target is told and the search for the only Go program came to nothing. */
export async function examineNobody(search: Reading<never>, args: Arguments, io: Io): Promise<Examination> {
  const examination = await examine({ name: 'the only Go program in sight', go: {}, process: undefined }, 1000, args, io);
  const outcomes = search.ok ? {} : { process: { ...search, seconds: 0 } };
  return { ...examination, outcomes, asked: { ...examination.asked, process: true } };
}

async function tried<Target, T>(source: Source<Target, T>, target: Target, timeout: number): Promise<SourceOutcome> {
  const begin = performance.now();
  const reading = await withDeadline(timeout, [], (signal) => source.read(target, signal));
  const seconds = (performance.now() - begin) / 1000;
  return reading.ok ? { ok: true, seconds } : { ...reading, seconds };
}

/** The addresses of a target as a person would write them, with no secret in them. */
export function addressesOf({ pprof, expvar, metrics }: GoEndpoints): Addresses {
  return {
    ...(pprof && { pprof: addressOf(pprof) }),
    ...(expvar && { expvar: addressOf(expvar) }),
    ...(metrics && { metrics: addressOf(metrics) }),
  };
}

function addressOf({ url, socketPath, tls }: Endpoint): TargetAddress {
  return {
    url: socketPath === undefined ? url : `unix:${socketPath}:${new URL(url).pathname}`,
    ...(tls && { tls: linesOf(tls) }),
  };
}

function linesOf({ ca, caFile, cert, certFile, key, serverName, insecureSkipVerify }: TlsConfig): TlsLines {
  const authority = caFile ?? (ca === undefined ? undefined : '/path/ca.crt');
  const certificate = certFile ?? (cert === undefined ? undefined : '/path/client.crt');
  return {
    ...(authority !== undefined && { ca_file: authority }),
    ...(certificate !== undefined && { cert_file: certificate }),
    ...(key && { key_file: 'file' in key ? key.file : '/path/client.key' }),
    ...(serverName !== undefined && { server_name: serverName }),
    ...(insecureSkipVerify && { insecure_skip_verify: true }),
  };
}
