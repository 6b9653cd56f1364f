import type { TargetLabels } from '../snapshot.ts';
import type { Bytes } from '../units.ts';

/** A whole configuration, checked and frozen. Durations in milliseconds. */
export interface Config {
  readonly pollInterval: number;
  readonly pollTimeout: number;
  readonly targets: readonly TargetConfig[];
  /** Absent unless it was asked for: memgap looks at no process that it was not told of. */
  readonly discovery?: DiscoveryConfig;
}

/** One Go process to watch. */
export interface TargetConfig {
  readonly name: string;
  readonly go: GoEndpoints;
  readonly process: ProcessSelector | undefined;
  /** Of a discovered target, where Kubernetes tells them. */
  readonly labels?: TargetLabels;
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

/** Where the Go runtime's numbers can be had; at least one of these or a process is given. */
export interface GoEndpoints {
  readonly pprof?: Endpoint;
  readonly expvar?: Endpoint;
  readonly metrics?: Endpoint;
}

/** How the process is found: by exactly one of these. */
export type ProcessSelector =
  | { readonly by: 'pid'; readonly pid: number; readonly startTicks?: number } // another process that was given the pid is not meant
  | { readonly by: 'exe'; readonly exe: string } // base name, or absolute path, of /proc/PID/exe
  | { readonly by: 'port'; readonly port: number } // who listens there
  | { readonly by: 'cgroup'; readonly cgroup: string }; // a path, or the last part of one

/** One address and all that is needed to reach it safely. */
export interface Endpoint {
  /** `http:` or `https:`, without user info, query or fragment; for a unix socket the host is `localhost`. */
  readonly url: string;
  readonly socketPath?: string;
  readonly basicAuth?: { readonly username: string; readonly password: Secret };
  readonly authorization?: { readonly type: string; readonly credentials: Secret };
  readonly tls?: TlsConfig;
  /** A body longer than this is `too-large`. */
  readonly bodySizeLimit: Bytes;
}

/** A secret's text, or the file that holds it (re-read at every use, for tokens rotate). */
export type Secret = { readonly text: string } | { readonly file: string };

/** Prometheus's tls_config: names of PEM files, re-read when they change. */
export interface TlsConfig {
  readonly ca?: string;
  readonly caFile?: string;
  readonly cert?: string;
  readonly certFile?: string;
  readonly key?: Secret;
  readonly serverName?: string;
  readonly insecureSkipVerify: boolean;
}
