import type { OwnPod } from '../model/snapshot.ts';
import type { TargetConfig } from '../model/target.ts';
import { loopbackOf } from './listeners.ts';

/**
 * The pod of a target that is in memgap's own one: in a sidecar the downward API says it as POD_NAMESPACE and POD_NAME. A target that was
 * discovered, or of which no more than a URL of another machine is known, may be in any pod. Pure.
 */
export function ownPod(target: TargetConfig, environment: NodeJS.ProcessEnv = process.env): OwnPod | undefined {
  const { POD_NAMESPACE: namespace = '', POD_NAME: pod = '' } = environment;
  return namespace !== '' && pod !== '' && isBeside(target) ? { namespace, pod } : undefined;
}

function isBeside({ process: selector, go: { pprof, expvar, metrics } }: TargetConfig): boolean {
  if (selector !== undefined) return !(selector.by === 'pid' && selector.startTicks !== undefined);
  return [pprof, expvar, metrics].every(
    (each) => each === undefined || each.socketPath !== undefined || loopbackOf(each.url) !== undefined,
  );
}
