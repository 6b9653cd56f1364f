import { partsOf } from './mounts.ts';

/** What the path of a cgroup says of the container. What it does not say is absent. */
export interface ContainerIdentity {
  /** 64 hexadecimal digits. */
  readonly containerId: string | undefined;
  /** As the API has it, with dashes; of a static pod 32 hexadecimal digits, a hash that its mirror pod bears as an annotation. */
  readonly podUid: string | undefined;
  /** The prefix that the runtime gives its groups: `cri-containerd`, `crio`, `docker`, `libpod`. */
  readonly runtime: string | undefined;
  readonly qos: 'guaranteed' | 'burstable' | 'besteffort' | undefined;
}

const hex = '[0-9a-f]';

// kubelet's cgroup_manager_linux.go: `pod<uid>` (cgroupfs), `kubepods-burstable-pod<uid>.slice` with _ for - (systemd), behind the names of
// the groups above where the kubelet is nested
const pod = new RegExp(`(?:^|-)pod(${hex}{8}[-_]${hex}{4}[-_]${hex}{4}[-_]${hex}{4}[-_]${hex}{12}|${hex}{32})(?:\\.slice)?$`);

// `cri-containerd-<id>.scope` (systemd), `<slice>:cri-containerd:<id>` (drivers that do not agree), `<id>`, `crio-<id>` (cgroupfs)
const container = new RegExp(`^(?:(?:.*:)?([a-z][a-z0-9-]*)[-:])?(${hex}{64})(?:\\.scope)?$`);

/**
 * Pure: pod and container out of a path of /proc/PID/cgroup, of both drivers, both versions and the runtimes that are known. A container
 * may have groups of its own below it, which are no containers of the pod; outside of pods the innermost counts.
 */
export function containerIdentity(path: string): ContainerIdentity {
  const parts = partsOf(path);
  let podUid: string | undefined;
  let podAt = -1;
  for (const [index, part] of parts.entries()) {
    const [, uid] = pod.exec(part.split(':')[0] ?? '') ?? [];
    if (uid === undefined) continue;
    podUid = uid.replaceAll('_', '-');
    podAt = index;
  }
  const found = parts.flatMap((part, index) => (index < podAt ? [] : containersIn(part, parts[index - 1])));
  const chosen = podUid === undefined ? found.at(-1) : found[0];
  return {
    containerId: chosen?.id,
    podUid,
    runtime: chosen?.runtime,
    qos: podUid === undefined ? undefined : qosOf(parts.slice(0, podAt + 1)),
  };
}

function containersIn(
  part: string,
  above: string | undefined,
): ReadonlyArray<{ readonly id: string; readonly runtime: string | undefined }> {
  const [, runtime, id] = container.exec(part) ?? [];
  // conmon is the container's monitor, in a group beside it
  if (id === undefined || runtime?.endsWith('conmon')) return [];
  return [{ id, runtime: runtime ?? (above === 'docker' ? above : undefined) }];
}

function qosOf(parts: readonly string[]): ContainerIdentity['qos'] {
  const text = parts.join('/');
  return text.includes('burstable') ? 'burstable' : text.includes('besteffort') ? 'besteffort' : 'guaranteed';
}
