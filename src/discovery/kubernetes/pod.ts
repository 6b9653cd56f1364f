import { isIP } from 'node:net';
import { found, missing, type Reading } from '../../model/reading.ts';

/** Which pod it is. */
export interface PodName {
  readonly namespace: string;
  readonly name: string;
  /** What the cgroup of its containers may call it: its uid; of a static pod the hash of its manifest. */
  readonly uids: readonly string[];
}

/** A pod with what is running in it. */
export interface Pod extends PodName {
  /** Names by container id, init containers and ephemeral ones too. */
  readonly containers: ReadonlyMap<string, string>;
  readonly ips: readonly string[];
}

/** One page of a list. */
export interface PodPage {
  readonly pods: readonly PodName[];
  /** The token that the next page is asked with. */
  readonly more: string | undefined;
}

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/; // RFC 1123
const subdomain = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const uid = /^[0-9a-f-]{32,36}$/;

/** Pure: a PodList, or the PartialObjectMetadataList of it. An entry that is no pod is left out: its neighbors are good. */
export function parsePodPage(text: string): Reading<PodPage> {
  const list = parseJson(text);
  const items = field(list, 'items');
  // Go writes an empty list without `items`, or with null, in some versions
  if (!isKind(list, ['PodList', 'PartialObjectMetadataList']) || !(Array.isArray(items) || items === undefined || items === null)) {
    return missing('malformed', 'the answer is no list of pods');
  }
  const more = field(field(list, 'metadata'), 'continue');
  return found({
    pods: (Array.isArray(items) ? items : []).flatMap((item: unknown) => podName(item) ?? []),
    more: typeof more === 'string' && more !== '' && more.length <= 4096 ? more : undefined,
  });
}

/** Pure: a Pod. Names that Kubernetes would not take are not believed. */
export function parsePod(text: string): Reading<Pod> {
  const pod = parseJson(text);
  const name = isKind(pod, ['Pod']) ? podName(pod) : undefined;
  if (name === undefined) return missing('malformed', 'the answer is no pod');
  const status = field(pod, 'status');
  const containers = new Map<string, string>();
  for (const kind of ['initContainerStatuses', 'containerStatuses', 'ephemeralContainerStatuses']) {
    for (const container of list(status, kind)) {
      const [, id] = /^[a-z0-9-]+:\/\/([0-9a-f]{64})$/.exec(text64(field(container, 'containerID'))) ?? [];
      const called = text64(field(container, 'name'));
      if (id !== undefined && label.test(called)) containers.set(id, called);
    }
  }
  const ips = [field(status, 'podIP'), ...list(status, 'podIPs').map((entry) => field(entry, 'ip'))].filter(
    (ip): ip is string => typeof ip === 'string' && isIP(ip) !== 0,
  );
  return found({ ...name, containers, ips: [...new Set(ips)] });
}

function podName(item: unknown): PodName | undefined {
  const metadata = field(item, 'metadata');
  const namespace = field(metadata, 'namespace');
  const name = field(metadata, 'name');
  if (typeof namespace !== 'string' || !label.test(namespace) || typeof name !== 'string' || !subdomain.test(name)) return undefined;
  const annotations = field(metadata, 'annotations');
  const uids = [field(metadata, 'uid'), field(annotations, 'kubernetes.io/config.hash'), field(annotations, 'kubernetes.io/config.mirror')];
  const told = uids.filter((each): each is string => typeof each === 'string' && uid.test(each));
  return { namespace, name, uids: [...new Set(told)] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isKind(object: unknown, kinds: readonly string[]): boolean {
  const kind = field(object, 'kind');
  return typeof kind === 'string' && kinds.includes(kind);
}

function list(object: unknown, name: string): readonly unknown[] {
  const value = field(object, name);
  return Array.isArray(value) ? value : [];
}

function text64(value: unknown): string {
  return typeof value === 'string' && value.length <= 128 ? value : '';
}

function field(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null ? Object.getOwnPropertyDescriptor(object, name)?.value : undefined;
}
