import type { Endpoint, TargetConfig } from '../model/target.ts';
import { bytes } from '../model/units.ts';
import type { RecordedEndpoint, RecordedTarget } from './recording.ts';

/** What of a target's configuration is recorded: no credentials, certificates and limits. */
export function recordedTarget({ name, labels, process, go: { pprof, expvar, metrics } }: TargetConfig): RecordedTarget {
  return {
    name,
    ...(labels && { labels }),
    hasProcess: process !== undefined,
    endpoints: {
      ...(pprof && { pprof: placeOf(pprof) }),
      ...(expvar && { expvar: placeOf(expvar) }),
      ...(metrics && { metrics: placeOf(metrics) }),
    },
  };
}

/** The target of a recording: its process was found then, and its endpoints are not asked. */
export function replayedTarget({ name, labels, hasProcess, endpoints: { pprof, expvar, metrics } }: RecordedTarget): TargetConfig {
  return {
    name,
    ...(labels && { labels }),
    process: hasProcess ? { by: 'pid', pid: 0 } : undefined,
    go: {
      ...(pprof && { pprof: endpointOf(pprof) }),
      ...(expvar && { expvar: endpointOf(expvar) }),
      ...(metrics && { metrics: endpointOf(metrics) }),
    },
  };
}

function placeOf({ url, socketPath }: Endpoint): RecordedEndpoint {
  return { url, ...(socketPath !== undefined && { socketPath }) };
}

function endpointOf({ url, socketPath }: RecordedEndpoint): Endpoint {
  return { url, ...(socketPath !== undefined && { socketPath }), bodySizeLimit: bytes(0) };
}
