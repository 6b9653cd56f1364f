import type { Problem } from '../model/problem.ts';
import type { Aliases } from './aliases.ts';
import { plainOf } from './plain.ts';

/** What memgap has to know of a pod's spec; what is not said there is `undefined`. */
export interface PodSpec {
  readonly containers: readonly Container[];
  /** Whether it is said, and true: `undefined` where it is not said. */
  readonly shareProcessNamespace: boolean | undefined;
  readonly hostPid: boolean;
  readonly hostNetwork: boolean;
  readonly windows: boolean;
  readonly restartPolicy: string | undefined;
  readonly user: number | undefined;
  readonly group: number | undefined;
}

/** A container of the pod. */
export interface Container {
  readonly name: string;
  /** Runs before the others, and is no sidecar: it has ended when they run. */
  readonly ends: boolean;
  readonly command: string | undefined;
  readonly ports: readonly Port[];
  readonly user: number | undefined;
  readonly group: number | undefined;
}

/** A TCP port that a container says it has. */
interface Port {
  readonly name: string | undefined;
  readonly numbers: readonly number[];
}

/** Reads a pod's spec as the API server would, aliases and merge keys followed. Pure. */
export function readPod(aliases: Aliases, spec: unknown): PodSpec | Problem {
  const read = plainOf(spec, aliases);
  if (read === undefined)
    return { message: 'its YAML aliases can not be followed (one has no anchor, or they add up to too much): write them out' };
  const plain = record(read.value);
  const containers = [
    ...list(plain.containers).map((each) => readContainer(each, false)),
    ...list(plain.initContainers).map((each) => readContainer(each, each.restartPolicy !== 'Always')),
  ];
  const { user, group } = idsOf(plain);
  return {
    containers,
    shareProcessNamespace: 'shareProcessNamespace' in plain ? plain.shareProcessNamespace === true : undefined,
    hostPid: plain.hostPID === true,
    hostNetwork: plain.hostNetwork === true,
    windows: record(plain.os).name === 'windows' || record(plain.nodeSelector)['kubernetes.io/os'] === 'windows',
    restartPolicy: text(plain.restartPolicy),
    user,
    group,
  };
}

function readContainer(fields: Fields, ends: boolean): Container {
  const [command] = Array.isArray(fields.command) ? fields.command : [];
  const ports = list(fields.ports).filter(({ protocol }) => protocol === undefined || protocol === 'TCP');
  return {
    name: text(fields.name) ?? '',
    ends,
    command: text(command),
    ports: ports.map(({ name, containerPort, hostPort }) => ({
      name: text(name),
      numbers: [containerPort, hostPort].flatMap((each) => integer(each) ?? []),
    })),
    ...idsOf(fields),
  };
}

function idsOf(fields: Fields): { readonly user: number | undefined; readonly group: number | undefined } {
  const { runAsUser, runAsGroup } = record(fields.securityContext);
  return { user: integer(runAsUser), group: integer(runAsGroup) };
}

type Fields = Readonly<Record<string, unknown>>;

function record(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(record) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function integer(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
