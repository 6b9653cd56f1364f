import { budgets } from '../../budgets.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import type { Endpoint } from '../../model/target.ts';
import { collectText } from '../../net/collect-text.ts';
import { fetchBody } from '../../net/fetch-body.ts';
import { type Pod, type PodName, parsePod, parsePodPage } from './pod.ts';

/** The two calls that memgap makes: `list` and `get` of pods, and no other right. */
export interface PodApi {
  /** The pods of a node: who they are, and no more. */
  list(node: string, signal: AbortSignal): Promise<Reading<readonly PodName[]>>;
  /** One pod, with its containers. `not-found` when it is not there any more. */
  get(pod: PodName, signal: AbortSignal): Promise<Reading<Pod>>;
}

/** Metadata alone is 2 kB a pod rather than 10 to 40; a server that does not know that form sends the whole. */
const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
/** Who it is comes before what he may: https://kubernetes.io/docs/reference/access-authn-authz/ */
const advice: Readonly<Record<number, string>> = {
  401: 'the API server does not accept the token: it has expired, was revoked, or is of another cluster',
  403: "the token is accepted, but not its rights: memgap's service account needs get and list of pods (a ClusterRole)",
};
const pageSize = 250;
const maxPages = budgets.podPages.maxEntries;
const maxValues = budgets.apiValues.maxEntries;

/**
 * Pods by an API server's endpoint. The token is read anew for each request, being replaced hourly; the authority when its file changes.
 */
export function createPodApi(endpoint: Endpoint): PodApi {
  async function text(path: string, accept: string, signal: AbortSignal): Promise<Reading<string>> {
    const collector = collectText();
    const body = await fetchBody(endpoint, path, { accept, signal, advice, onChunk: collector.add });
    if (!body.ok) return body;
    const json = collector.text('utf8');
    if (!hasMoreValues(json, maxValues)) return found(json);
    return missing('too-large', `GET ${endpoint.url}: the answer has more than ${maxValues} values: memgap does not parse them`);
  }

  async function list(node: string, signal: AbortSignal): Promise<Reading<readonly PodName[]>> {
    const whole = await listFrom(node, signal);
    // 410: the token of a page has expired, and the list has to begin again
    return !whole.ok && whole.reason === 'gone' ? listFrom(node, signal) : whole;
  }

  async function listFrom(node: string, signal: AbortSignal): Promise<Reading<readonly PodName[]>> {
    const pods: PodName[] = [];
    let more: string | undefined;
    for (let page = 0; page < maxPages; page += 1) {
      // resourceVersion=0: out of the server's cache and its index by node, as the kubelet asks; without it the server walks all pods of
      // the cluster
      const query = new URLSearchParams({ fieldSelector: `spec.nodeName=${node}`, limit: String(pageSize) });
      if (more === undefined) query.set('resourceVersion', '0');
      else query.set('continue', more);
      const body = await text(`/api/v1/pods?${query}`, metadataOnly, signal);
      if (!body.ok) return body;
      const read = parsePodPage(body.value);
      if (!read.ok) return read;
      pods.push(...read.value.pods);
      more = read.value.more;
      if (more === undefined) return { ok: true, value: pods };
    }
    return missing('too-large', `the list of the pods of ${node} has more than ${maxPages} pages: is it a node's?`);
  }

  async function get({ namespace, name }: PodName, signal: AbortSignal): Promise<Reading<Pod>> {
    const body = await text(`/api/v1/namespaces/${namespace}/pods/${name}`, 'application/json', signal);
    return body.ok ? parsePod(body.value) : body;
  }

  return { list, get };
}

const block = 500;

/** So many values: before each but the first of an array or object is a comma, and the first stands behind a bracket. */
const values = new RegExp(`(?:[^,[{]*[,[{]){${block}}`, 'y');

/**
 * Pure: whether a JSON text may have more than so many values, commas and brackets within strings included. By a regular expression that
 * takes 500 of them at a time, for JSON.parse costs by the value, and can't be stopped.
 */
export function hasMoreValues(json: string, max: number): boolean {
  values.lastIndex = 0;
  for (let count = 0; count <= max; count += block) if (!values.test(json)) return false;
  return true;
}
