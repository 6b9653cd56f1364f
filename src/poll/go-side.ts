import type { Endpoint, GoEndpoints } from '../model/target.ts';
import { missing, type Reading } from '../reading.ts';
import type { GoNumbers, SourceOutcome } from '../snapshot.ts';
import { sources } from '../sources/index.ts';
import type { Source } from '../sources/source.ts';
import type { Recorder } from './recorder.ts';

/** What a Go source came to, and which one it was. */
export interface GoRead {
  readonly source: string | undefined;
  readonly endpoint: Endpoint | undefined;
  readonly reading: Reading<GoNumbers>;
}

/** Reads the Go numbers of one target from the cheapest source that answers. */
export interface GoSide {
  /** The first read of a snapshot: looks for a source while none is kept, and backs off while none answers. */
  read(recorder: Recorder, signal: AbortSignal): Promise<GoRead>;
  /** A further read of the same snapshot, from the source that answered: both sides of a bracket come from one source. `onTaken`: see Source. */
  again(recorder: Recorder, signal: AbortSignal, onTaken?: () => void): Promise<Reading<GoNumbers>>;
  /** Another process, or another program in it: whatever was learnt of the old one is forgotten. */
  reset(): void;
}

interface Candidate {
  readonly source: Source<Endpoint, GoNumbers>;
  readonly endpoint: Endpoint;
}

const lookAgainAfter = 10; // polls without an answer from the kept source
const longestPause = 3; // polls left out, so that an endpoint that is back is seen within four

/** The Go side of one target. */
export function createGoSide(endpoints: GoEndpoints): GoSide {
  const candidates = cheapestFirst(endpoints);
  let order = candidates;
  let kept: Candidate | undefined;
  let pollsWithout = 0;
  let failures = 0;
  let pause = 0;
  let last: { readonly read: GoRead; readonly outcomes: ReadonlyArray<readonly [string, SourceOutcome]> } | undefined;

  async function read(recorder: Recorder, signal: AbortSignal): Promise<GoRead> {
    if (candidates.length === 0) return none(missing('disabled', 'no pprof, expvar or metrics endpoint is configured'));
    if (pause > 0 && last !== undefined) {
      pause -= 1;
      pollsWithout += 1;
      for (const [name, outcome] of last.outcomes) recorder.repeat(name, outcome);
      return last.read;
    }
    if (kept !== undefined && pollsWithout >= lookAgainAfter) {
      kept = undefined;
      order = candidates;
    }
    return tryEach(kept === undefined ? order : [kept], recorder, signal);
  }

  async function tryEach(tried: readonly Candidate[], recorder: Recorder, signal: AbortSignal): Promise<GoRead> {
    let answer = none(missing('disabled', 'no Go endpoint was tried'));
    for (const candidate of tried) {
      const reading = await recorder.run(candidate.source, candidate.endpoint, signal);
      answer = { source: candidate.source.name, endpoint: candidate.endpoint, reading };
      if (signal.aborted && !reading.ok) {
        // it took all the time there was: the next look starts with the others, or they would never be asked
        order = [...order.filter((each) => each !== candidate), candidate];
        break;
      }
      if (!reading.ok) continue;
      kept = candidate;
      pollsWithout = 0;
      failures = 0;
      pause = 0;
      return answer;
    }
    pollsWithout += 1;
    failures += 1;
    pause = Math.min(2 ** (failures - 1) - 1, longestPause);
    last = { read: answer, outcomes: tried.flatMap(({ source }) => outcomeOf(recorder, source.name)) };
    return answer;
  }

  async function again(recorder: Recorder, signal: AbortSignal, onTaken?: () => void): Promise<Reading<GoNumbers>> {
    if (kept === undefined) return missing('disabled', 'no Go source has answered');
    return recorder.run(kept.source, kept.endpoint, signal, onTaken);
  }

  function reset(): void {
    order = candidates;
    kept = undefined;
    pollsWithout = 0;
    failures = 0;
    pause = 0;
  }

  return { read, again, reset };
}

/** Measured on etcd and Prometheus: /debug/vars 0.3 ms of the target's CPU, its own /metrics 2 to 3 ms, the heap profile 1 to 4 ms and more as it grows. */
function cheapestFirst({ expvar, metrics, pprof }: GoEndpoints): readonly Candidate[] {
  return [
    ...(expvar === undefined ? [] : [{ source: sources.expvar, endpoint: expvar }]),
    ...(metrics === undefined ? [] : [{ source: sources.metrics, endpoint: metrics }]),
    ...(pprof === undefined ? [] : [{ source: sources.pprof_heap, endpoint: pprof }]),
  ];
}

function none(reading: Reading<GoNumbers>): GoRead {
  return { source: undefined, endpoint: undefined, reading };
}

function outcomeOf({ outcomes }: Recorder, name: string): ReadonlyArray<readonly [string, SourceOutcome]> {
  const outcome = outcomes[name];
  return outcome === undefined ? [] : [[name, outcome]];
}
