import { isIPv6 } from 'node:net';
import { budgets } from '../../budgets.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import type { OwnPod } from '../../model/snapshot.ts';
import type { Endpoint, TargetConfig } from '../../model/target.ts';
import { bytes } from '../../model/units.ts';
import { loopbackOf } from '../listeners.ts';

/** Where Kubernetes mounts the token and the authority of a pod's service account. The token is replaced every hour or so. */
const folder = '/var/run/secrets/kubernetes.io/serviceaccount';

const maxAnswerBytes = bytes(budgets.apiAnswer.maxBytes);

/** The API server as Kubernetes tells each pod of it, by two variables and the files of its service account. */
export function inClusterApi(environment: NodeJS.ProcessEnv): Reading<Endpoint> {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = environment;
  const url = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  if (!/^[\w.:-]+$/.test(host) || !/^\d{1,5}$/.test(port) || !URL.canParse(url)) {
    return missing(
      'disabled',
      'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT tell of no API server: this is no pod; outside of one set discovery.kubernetes.api',
    );
  }
  return found({
    url,
    authorization: { type: 'Bearer', credentials: { file: `${folder}/token` } },
    tls: { caFile: `${folder}/ca.crt`, insecureSkipVerify: false },
    bodySizeLimit: maxAnswerBytes,
  });
}

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
