import { basename } from 'node:path';
import { type ContainerIdentity, containerIdentity } from '../kernel/cgroup/container-identity.ts';
import { partsOf } from '../kernel/cgroup/mounts.ts';
import { printable } from '../untrusted.ts';
import type { GoProcess } from './discover-processes.ts';
import type { ContainerName } from './kubernetes/pod-names.ts';

/** The longest label value, which keeps a series short in Prometheus. */
const maxCharacters = 128;
const maxPartCharacters = 64;

/**
 * Pure: what a discovered process is called, if nothing else is: `namespace/pod/container` where Kubernetes told it; else of the pod's uid
 * and the container's id, of the container, of the systemd service, or after the executable. No pid: a restart keeps the name.
 */
export function baseName({ exe, cgroup }: Pick<GoProcess, 'exe' | 'cgroup'>, named: ContainerName | undefined): string {
  if (named !== undefined) return shortened(`${named.namespace}/${named.pod}/${named.container}`);
  const name = nameOfContainer(containerIdentity(cgroup)) ?? serviceOf(cgroup) ?? basename(exe);
  return printable(name, maxPartCharacters) || 'process';
}

function nameOfContainer({ podUid, containerId, runtime }: ContainerIdentity): string | undefined {
  const id = containerId?.slice(0, 12); // as docker and crictl show it
  if (podUid !== undefined) return id === undefined ? `pod-${podUid}` : `pod-${podUid}/${id}`;
  return id === undefined ? undefined : `${runtime ?? 'container'}-${id}`;
}

/** The innermost systemd service but a user's own manager, in which a whole session would be. */
function serviceOf(cgroup: string): string | undefined {
  return partsOf(cgroup).findLast((part) => part.endsWith('.service') && !part.startsWith('user@'));
}

/** Two long names that begin alike must not become one label value. */
function shortened(name: string): string {
  if (name.length <= maxCharacters) return name;
  const { createHash } = process.getBuiltinModule('node:crypto'); // 1.2 MiB, for the few whose name is that long
  return `${name.slice(0, maxCharacters - 9)}~${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

/** Gives each process a name of its own and lets it keep it. */
export interface Names {
  /** Names by key; `processes` in the order in which they may choose. Names in `taken` belong to others. */
  assign(
    processes: ReadonlyArray<{ readonly key: string; readonly base: string }>,
    taken: ReadonlySet<string>,
  ): ReadonlyMap<string, string>;
}

/**
 * Several processes of one base are `base`, `base-2`, `base-3`: the first free one, so that a process which was restarted takes its
 * predecessor's place and there are never more names than processes at a time.
 */
export function createNames(): Names {
  let held = new Map<string, { readonly base: string; readonly name: string }>();

  return {
    assign(processes, taken) {
      const names = new Map<string, { readonly base: string; readonly name: string }>();
      const used = new Set(taken);
      for (const { key, base } of processes) {
        const before = held.get(key);
        if (before?.base !== base || used.has(before.name)) continue;
        names.set(key, before);
        used.add(before.name);
      }
      for (const { key, base } of processes) {
        if (names.has(key)) continue;
        let name = base;
        for (let place = 2; used.has(name); place += 1) name = `${base.slice(0, maxCharacters - 5)}-${place}`;
        names.set(key, { base, name });
        used.add(name);
      }
      held = names;
      return new Map([...names].map(([key, { name }]) => [key, name]));
    },
  };
}
