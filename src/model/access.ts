import type { Reading } from './reading.ts';

/** The user or group ids of a process, as the reader's user namespace shows them (proc_pid_status(5)). */
export interface ProcessIds {
  readonly real: number;
  readonly effective: number;
  readonly saved: number;
  readonly fileSystem: number;
}

/** Who a process is to the kernel when it asks for another one, and when it is asked for. */
export interface Credentials {
  readonly uid: ProcessIds;
  readonly gid: ProcessIds;
  /** Supplementary groups. */
  readonly groups: readonly number[];
  /** Capabilities by name, `CAP_SYS_PTRACE` and the like. */
  readonly permitted: readonly string[];
  readonly effective: readonly string[];
}

/** What anybody may read of a process that bears on the right to look into it. Nothing in it needs that right. */
export interface ProcessAccess {
  readonly pid: number;
  /** The process's own name, of at most 15 bytes. Hostile. */
  readonly name: string | undefined;
  readonly credentials: Reading<Credentials>;
  /** Who owns /proc/PID/stat: root where the process is not dumpable (proc_pid(5)). /proc/PID itself always shows the effective ids. */
  readonly owner: Reading<{ readonly uid: number; readonly gid: number }>;
  /** The text of /proc/PID/uid_map, its white space as single blanks: two that differ are two user namespaces. */
  readonly userMap: string | undefined;
  /** What AppArmor or SELinux calls it, /proc/PID/attr/current; absent where there is none. Hostile. */
  readonly label: string | undefined;
}

/** How the procfs that memgap reads hides processes of others: the `hidepid` of proc(5). */
export type HidePid = 'off' | 'noaccess' | 'invisible' | 'ptraceable';

/** Where memgap runs, as far as it bears on what it can see. */
export interface Surroundings {
  readonly self: ProcessAccess;
  readonly hidePid: HidePid;
  /** The group that `hidepid` does not hide from, if one was named: the mount option `gid`. */
  readonly hidePidGroup: number | undefined;
  /** Processes in sight that are not memgap; absent where procfs could not be listed. */
  readonly others: number | undefined;
  /** The name of pid 1, and whether that is memgap: then its pid namespace is its own. */
  readonly pidOne: { readonly name: string | undefined; readonly isMemgap: boolean };
  /** /proc/sys/kernel/yama/ptrace_scope; absent where the kernel has no Yama. */
  readonly yama: number | undefined;
  /** Whether this is a pod: the kubelet sets KUBERNETES_SERVICE_HOST in every container. */
  readonly kubernetes: boolean;
}

/** What a file below /proc/PID asks of whoever opens it, beside its mode; ptrace(2), "Ptrace access mode checking". */
export interface PtraceNeed {
  /** `mem` takes the right to attach, which Yama judges, the others the right to read. */
  readonly mode: 'read' | 'attach';
  /** pagemap, mem and fd/ are open to their owner alone: another user needs CAP_DAC_READ_SEARCH as well. */
  readonly ownersOnly: boolean;
}

/** What a source takes and what goes missing without it. */
export interface SourceLoss {
  /** What must be so for it to be read: the process in sight, the right to look into it, or an address that answers. */
  readonly needs: 'sight' | 'endpoint' | PtraceNeed;
  /** One clause for a person. */
  readonly lost: string;
  /** Metric families that are absent then. */
  readonly families: readonly string[];
}
