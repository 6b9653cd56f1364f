import type { TargetLabels } from './snapshot.ts';
import type { Bytes } from './units.ts';

/** One Go process to watch. */
export interface TargetConfig {
  readonly name: string;
  readonly go: GoEndpoints;
  readonly process: ProcessSelector | undefined;
  /** Of a discovered target, where Kubernetes tells them. */
  readonly labels?: TargetLabels;
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
