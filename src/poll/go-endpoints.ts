import type { GoNumbers } from '../model/go.ts';
import { missing, type Reading } from '../model/reading.ts';
import type { Source } from '../model/source.ts';
import type { Endpoint, GoEndpoints } from '../model/target.ts';
import { cached } from './cached.ts';
import type { Recorder } from './recorder.ts';
import { sources } from './sources.ts';

/** What a Go source came to, and which one it was. */
export interface GoRead {
  readonly source: string | undefined;
  readonly endpoint: Endpoint | undefined;
  readonly reading: Reading<GoNumbers>;
}

/** Reads the Go numbers of one program from the cheapest source that answers. */
export interface GoEndpointsReader {
  /** The first read of a snapshot: looks for a source while none is kept, and backs off while none answers. */
  read(recorder: Recorder, signal: AbortSignal): Promise<GoRead>;
  /** A further read of the same snapshot, from the source that answered, as both sides of a bracket are. `onTaken`: see Source. */
  again(recorder: Recorder, signal: AbortSignal, onTaken?: () => void): Promise<Reading<GoNumbers>>;
}

interface Candidate {
  readonly source: Source<Endpoint, GoNumbers>;
  readonly endpoint: Endpoint;
}

const pollsForAnother = 10; // without an answer from the source that is kept
const maxPollsLeftOut = 3; // so that an endpoint that is back is seen within four

/** The Go endpoints of one program. */
export function createGoEndpoints(endpoints: GoEndpoints): GoEndpointsReader {
  const candidates = cheapestFirst(endpoints);
  let order = candidates;
  let answering: Candidate | undefined;
  let polls = 0;
  let answeredAt = 0;
  let failures = 0;
  const tryAll = cached(
    async (recorder: Recorder, _: undefined, signal: AbortSignal) => {
      if (answering !== undefined && polls - answeredAt > pollsForAnother) {
        answering = undefined;
        order = candidates;
      }
      return tryEach(answering === undefined ? order : [answering], recorder, signal);
    },
    {
      while: ({ reading }) => !reading.ok,
      retryAfter: () => Math.min(2 ** (failures - 1), maxPollsLeftOut + 1),
      shows: candidates.map(({ source }) => source.name),
    },
    () => polls,
  );

  async function read(recorder: Recorder, signal: AbortSignal): Promise<GoRead> {
    if (candidates.length === 0) return none(missing('disabled', 'no pprof, expvar or metrics endpoint is configured'));
    polls += 1;
    return tryAll(recorder, undefined, signal);
  }

  async function tryEach(tried: readonly Candidate[], recorder: Recorder, signal: AbortSignal): Promise<GoRead> {
    let answer = none(missing('disabled', 'no Go endpoint was tried'));
    for (const candidate of tried) {
      const reading = await recorder.run(candidate.source, candidate.endpoint, signal);
      answer = { source: candidate.source.name, endpoint: candidate.endpoint, reading };
      if (signal.aborted && !reading.ok) {
        // it took all the time there was: the next poll starts with the others, or they would never be asked
        order = [...order.filter((each) => each !== candidate), candidate];
        break;
      }
      if (!reading.ok) continue;
      answering = candidate;
      answeredAt = polls;
      failures = 0;
      return answer;
    }
    failures += 1;
    return answer;
  }

  async function again(recorder: Recorder, signal: AbortSignal, onTaken?: () => void): Promise<Reading<GoNumbers>> {
    if (answering === undefined) return missing('disabled', 'no Go source has answered');
    return recorder.run(answering.source, answering.endpoint, signal, onTaken);
  }

  return { read, again };
}

/** Of the CPU of etcd and Prometheus: /debug/vars 0.3 ms, their own /metrics 2 to 3, the heap profile 1 to 4 and more as it grows. */
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
