import { readFileSync } from 'node:fs';
import { capabilitiesOf } from '../access/capabilities.ts';

/**
 * Open to their owner alone: what opens all processes' files (CAP_SYS_PTRACE) does not open these; proc_pid_fd(5), proc_pid_mem(5) and
 * others.
 */
const ownersOnly = /\/\d+\/(?:pagemap|mem|environ|auxv|fd|fdinfo|map_files)(?:\/|$)/;

const sameIds = "memgap needs the target's own uid and gid (runAsUser and runAsGroup)";

/**
 * Which right opens a file of /proc/PID that was refused: of those that memgap does not have. ptrace(2), "Ptrace access mode checking",
 * PTRACE_MODE_READ_FSCREDS, and the mode of the file.
 */
export function neededRight(path: string, held: readonly string[] = ownCapabilities()): string {
  const isOwners = ownersOnly.test(path);
  const lacking = [
    ...(held.includes('CAP_SYS_PTRACE') ? [] : ['CAP_SYS_PTRACE']),
    ...(!isOwners || held.includes('CAP_DAC_READ_SEARCH') || held.includes('CAP_DAC_OVERRIDE') ? [] : ['CAP_DAC_READ_SEARCH']),
  ];
  if (lacking.length === 2) return `${sameIds}, or ${lacking.join(' and ')}`;
  const [one] = lacking;
  if (one === 'CAP_DAC_READ_SEARCH') return `it is open to its owner alone: memgap has CAP_SYS_PTRACE and needs ${one} as well`;
  if (one !== undefined) return `${sameIds}, or ${one}`;
  return 'memgap has the capabilities for it: AppArmor, SELinux, a sandbox or a user namespace refuses it';
}

/** In effect now; none where that can't be told. */
function ownCapabilities(): readonly string[] {
  try {
    const [, mask = ''] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return capabilitiesOf(mask) ?? [];
  } catch {
    return [];
  }
}
