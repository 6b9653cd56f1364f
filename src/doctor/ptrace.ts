import type { Credentials, ProcessAccess, ProcessIds, PtraceNeed, Surroundings } from '../model/access.ts';
import type { Check } from './check.ts';

/** The capability that opens every other process, where no security module speaks against it. */
const sysPtrace = 'CAP_SYS_PTRACE';

/**
 * Pure: which of the kernel's checks memgap fails (kernel/ptrace.c, __ptrace_may_access; security/commoncap.c, cap_ptrace_access_check),
 * all of them, for each must be mended. None fails for certain: a security module is suspected. Nothing is said where the credentials are
 * not known.
 */
export function ptraceChecks({ self, yama }: Surroundings, target: ProcessAccess, { mode, ownersOnly }: PtraceNeed): readonly Check[] {
  if (!self.credentials.ok || !target.credentials.ok) return [];
  const own = self.credentials.value;
  const other = target.credentials.value;
  const foreign = isForeign(self, target);
  const privileged = own.effective.includes(sysPtrace) && !foreign;
  const checks = privileged ? [] : [...idChecks(own, other), ...dumpableCheck(target, other), ...capabilityCheck(own, other)];
  if (foreign && (checks.length > 0 || own.effective.includes(sysPtrace))) checks.push(userNamespaceCheck);
  if (ownersOnly) checks.push(...ownerCheck(own, target));
  if (mode === 'attach') checks.push(...yamaCheck(yama, privileged));
  return checks.length > 0 ? checks : [securityModuleCheck(self.label, target.label)];
}

/** A user namespace that is not below memgap's: whoever is in the first one is above all others. */
function isForeign(self: ProcessAccess, target: ProcessAccess): boolean {
  if (self.userMap === undefined || target.userMap === undefined) return false;
  return self.userMap !== target.userMap && self.userMap !== '0 0 4294967295';
}

/** The file-system ids of the caller against the real, effective and saved ones of the target: PTRACE_MODE_FSCREDS. */
function idChecks(own: Credentials, other: Credentials): Check[] {
  const checks: Check[] = [];
  if (!isAll(other.uid, own.uid.fileSystem)) checks.push({ name: 'uid', says: differ('UID', own.uid.fileSystem, other.uid) });
  if (!isAll(other.gid, own.gid.fileSystem)) checks.push({ name: 'gid', says: differ('GID', own.gid.fileSystem, other.gid) });
  return checks;
}

/** Whether real, effective and saved id are all this one. */
export function isAll({ real, effective, saved }: ProcessIds, id: number): boolean {
  return real === id && effective === id && saved === id;
}

function differ(kind: 'UID' | 'GID', own: number, { real, effective, saved }: ProcessIds): string {
  const theirs = isAll({ real, effective, saved, fileSystem: real }, real) ? String(real) : `${real}/${effective}/${saved}`;
  return `${kind} differs: memgap's is ${own}, the target's ${theirs}${theirs.includes('/') ? ' (real/effective/saved)' : ''}`;
}

function dumpableCheck({ owner }: ProcessAccess, { uid }: Credentials): Check[] {
  if (!owner.ok || uid.effective === 0 || owner.value.uid === uid.effective) return [];
  return [
    {
      name: 'dumpable',
      says: `not dumpable: its /proc files belong to UID ${owner.value.uid}, although it runs as ${uid.effective} (its binary may be executed and not read, such as mode 0111, or it has file capabilities, or it asked for it by prctl)`,
    },
  ];
}

function capabilityCheck(own: Credentials, other: Credentials): Check[] {
  const lacking = other.permitted.filter((capability) => !own.effective.includes(capability));
  if (lacking.length === 0) return [];
  const named = lacking.length > 6 ? `${lacking.slice(0, 5).join(', ')} and ${lacking.length - 5} more` : lacking.join(', ');
  return [{ name: 'capabilities', says: `the target holds what memgap lacks: ${named}` }];
}

const userNamespaceCheck: Check = {
  name: 'user-namespace',
  says: "the target is in another user namespace (another uid_map), where memgap's ids and capabilities do not hold",
};

function ownerCheck({ uid, effective }: Credentials, { owner }: ProcessAccess): Check[] {
  if (!owner.ok || owner.value.uid === uid.fileSystem) return [];
  if (effective.includes('CAP_DAC_READ_SEARCH') || effective.includes('CAP_DAC_OVERRIDE')) return [];
  return [
    {
      name: 'file-owner',
      says: `the file is open to its owner, UID ${owner.value.uid}, alone, and memgap (UID ${uid.fileSystem}) has no CAP_DAC_READ_SEARCH`,
    },
  ];
}

/** Documentation/admin-guide/LSM/Yama.rst: 1 lets only ancestors attach, 2 only CAP_SYS_PTRACE, 3 nobody. */
function yamaCheck(scope: number | undefined, privileged: boolean): Check[] {
  if (scope === undefined || scope === 0 || (scope < 3 && privileged)) return [];
  return [{ name: 'yama', says: `/proc/sys/kernel/yama/ptrace_scope is ${scope}, which keeps memgap from /proc/PID/mem` }];
}

function securityModuleCheck(own: string | undefined, other: string | undefined): Check {
  const labels =
    own === undefined && other === undefined ? '' : `: memgap is "${own ?? 'unlabeled'}", the target "${other ?? 'unlabeled'}"`;
  return {
    name: 'security-module',
    says: `ids, capabilities and dumpable are as they must be: AppArmor, SELinux, Landlock or a sandbox such as gVisor is suspected${labels}`,
    suspected: true,
  };
}
