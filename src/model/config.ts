import type { Endpoint, GoEndpoints, TargetConfig, TlsConfig } from './target.ts';
import type { Bytes } from './units.ts';

/** A whole configuration, checked and frozen. Durations in milliseconds. */
export interface Config {
  readonly pollInterval: number;
  readonly pollTimeout: number;
  readonly targets: readonly TargetConfig[];
  /** Absent unless it was asked for: memgap looks at no process that it was not told of. */
  readonly discovery?: DiscoveryConfig;
}

/** Which Go processes of this machine become targets by themselves. */
export interface DiscoveryConfig {
  /** Between two walks over all processes, in milliseconds. */
  readonly interval: number;
  /** More processes than this are left out. */
  readonly maxTargets: number;
  /** The first that fits a process counts. */
  readonly rules: readonly DiscoveryRule[];
  readonly kubernetes?: KubernetesConfig;
}

/** Which processes are meant, by all that is given (at least one of the first three), and where their runtime answers. */
export interface DiscoveryRule {
  /** A pattern of the executable's base name, or of its path where it holds a `/`. */
  readonly exe?: string;
  /** A pattern of one group of the cgroup's path, or of the whole path where it starts with `/`. */
  readonly cgroup?: string;
  /** A TCP port that the process itself listens on, in its own network namespace. */
  readonly port?: number;
  readonly go: { readonly [source in keyof GoEndpoints]: PortEndpoint };
}

/** An endpoint of each process that a rule finds: asked only where the process itself listens. Holds no credentials. */
export interface PortEndpoint {
  readonly scheme: 'http' | 'https';
  readonly port: number;
  readonly path: string;
  readonly tls?: TlsConfig;
  readonly bodySizeLimit: Bytes;
}

/** Where the names of pods are asked for. */
export interface KubernetesConfig {
  /** Absent: the environment's NODE_NAME. */
  readonly nodeName?: string;
  /** Absent: as Kubernetes tells each pod, with the token of its service account. */
  readonly api?: Endpoint;
}
