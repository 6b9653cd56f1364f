/** A user and a group, by number. */
export interface RunAs {
  readonly user: number;
  readonly group: number;
}

/** What `memgap inject` is asked to add, and to which workloads. */
export interface InjectRequest {
  /** The image of the sidecar. */
  readonly image: string;
  /** The port that memgap serves at. */
  readonly port: number;
  /** The container to watch, for pods with several. */
  readonly container?: string | undefined;
  /** The target's pprof, as seen from within the pod: a URL of loopback, and its port. */
  readonly pprof?: { readonly url: string; readonly port: number } | undefined;
  /** The executable of the target: its base name or its absolute path. */
  readonly exe?: string | undefined;
  /** What the target's image runs as, where the YAML does not say. */
  readonly runAs?: RunAs | undefined;
  /** An init container with restartPolicy Always (Kubernetes 1.29), or a plain container. */
  readonly native: boolean;
  readonly prometheusAnnotations: boolean;
  /** `NAME` or `KIND/NAME` of the workloads that are meant; none means all. */
  readonly only: readonly string[];
}
