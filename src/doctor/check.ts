/** What keeps memgap from a source; the `check` of the JSON document. */
export type CheckName =
  | 'uid' // memgap runs as another user
  | 'gid' // ... as another group
  | 'dumpable' // the target is not dumpable
  | 'capabilities' // the target holds a capability that memgap lacks
  | 'file-owner' // the file is its owner's alone
  | 'user-namespace' // memgap's capabilities do not hold in the target's user namespace
  | 'yama' // Yama's ptrace_scope
  | 'security-module' // AppArmor, SELinux or the like; always a suspicion
  | 'hidepid' // procfs hides the processes of others
  | 'pid-namespace' // memgap sees no process but its own
  | 'not-running' // other processes are seen, that one is not
  | 'several' // more than one process fits
  | 'other-process' // the pid and the URL are two processes
  | 'cgroup-unproven' // no mount shows for certain the target's group
  | 'root-group' // the process is in no group of its own
  | 'endpoint'; // the address does not answer as it should

/** One check that failed, and what the numbers behind it are. */
export interface Check {
  readonly name: CheckName;
  /** One clause for a person; may hold hostile text. */
  readonly says: string;
  /** Nothing that can be read from outside proves it. */
  readonly suspected?: true;
}

/** What to write, and where. */
export interface Snippet {
  readonly where: string;
  /** Where it applies; absent means everywhere. */
  readonly on?: 'kubernetes' | 'host';
  /** Whole lines, to be copied as they are. */
  readonly lines: readonly string[];
}

/** One thing that a person can do, and the lines that do it. */
export interface Remedy {
  /** Stable: the `name` of the JSON document. */
  readonly name: string;
  /** One clause, in the imperative. */
  readonly title: string;
  /** The checks that it helps to pass. */
  readonly mends: readonly CheckName[];
  readonly snippets: readonly Snippet[];
}
