import type { Credentials, ProcessAccess } from '../model/access.ts';
import { scalar } from './address.ts';
import type { CheckName, Remedy } from './check.ts';
import type { AccessFacts } from './checks.ts';
import { isAll } from './ptrace.ts';

const inMemgap = 'the container memgap';

/** Pure: what mends the checks on the right to look into a process, least privilege first. */
export function rightRemedies(failed: ReadonlySet<CheckName>, { surroundings, process }: AccessFacts): readonly Remedy[] {
  const remedies: Remedy[] = [];
  const target = process?.credentials.ok === true ? process.credentials.value : undefined;
  const own = surroundings.self.credentials;
  const ids = failed.has('uid') || failed.has('gid');
  const deeper = failed.has('dumpable') || failed.has('capabilities');
  const uniform = target !== undefined && isAll(target.uid, target.uid.real) && isAll(target.gid, target.gid.real);
  if (ids && uniform) remedies.push(sameIds(target, deeper));
  if (failed.has('dumpable')) remedies.push(makeDumpable);
  if (failed.has('capabilities') && target !== undefined) remedies.push(dropCapabilities(target));
  const isRoot = own.ok && own.value.uid.effective === 0;
  const instead = deeper || (ids && (!uniform || !surroundings.kubernetes || isRoot));
  if (instead || failed.has('yama')) remedies.push(sysPtrace(remedies.length > 0));
  if (failed.has('file-owner') && !ids && !instead) remedies.push(dacReadSearch);
  if (failed.has('yama')) remedies.push(yamaOff);
  if (failed.has('user-namespace')) remedies.push(sameUserNamespace);
  if (failed.has('security-module')) remedies.push(sameProfile(process));
  return remedies;
}

function sameIds({ uid, gid }: Credentials, deeper: boolean): Remedy {
  const root = uid.real === 0;
  return {
    name: 'same-ids',
    title: `run memgap with the target's UID and GID, ${uid.real} and ${gid.real}${deeper ? ' (needed, and not enough)' : ''}`,
    mends: ['uid', 'gid'],
    snippets: [
      {
        where: inMemgap,
        on: 'kubernetes',
        lines: [
          'securityContext:',
          `  runAsUser: ${uid.real}`,
          `  runAsGroup: ${gid.real}`,
          ...(root ? ['  runAsNonRoot: false # the target runs as root'] : []),
        ],
      },
      { where: 'the unit of memgap', on: 'host', lines: ['[Service]', `User=${uid.real}`, `Group=${gid.real}`] },
      { where: 'a shell of root', on: 'host', lines: [`setpriv --reuid=${uid.real} --regid=${gid.real} --clear-groups memgap doctor`] },
    ],
  };
}

/** fs/exec.c, would_dump: a binary that its own user may not read makes a process that nobody but root may look into. */
const makeDumpable: Remedy = {
  name: 'dumpable',
  title: "let the target's user read its own binary (or take its file capabilities away, or its PR_SET_DUMPABLE)",
  mends: ['dumpable'],
  snippets: [
    { where: "the target's Dockerfile", on: 'kubernetes', lines: ['COPY --chmod=0755 manager /manager'] },
    { where: 'a shell of root', on: 'host', lines: ['chmod a+r /path/of/the/binary', 'setcap -r /path/of/the/binary'] },
  ],
};

function dropCapabilities({ permitted }: Credentials): Remedy {
  const named = permitted.length > 3 ? `its ${permitted.length} capabilities` : permitted.join(', ');
  return {
    name: 'drop-capabilities',
    title: `take ${named} from the target, if it can do without`,
    mends: ['capabilities'],
    snippets: [
      { where: "the target's container", on: 'kubernetes', lines: ['securityContext:', '  capabilities:', '    drop: [ALL]'] },
      { where: "the target's unit", on: 'host', lines: ['[Service]', 'CapabilityBoundingSet=', 'AmbientCapabilities='] },
    ],
  };
}

/**
 * In Kubernetes only root gets what `capabilities.add` gives (kubernetes#56374); Pod Security "baseline" and "restricted" refuse it. The
 * second capability is for what is its owner's alone: pagemap, mem, and the open files that tell who listens on a port.
 */
function sysPtrace(instead: boolean): Remedy {
  return {
    name: 'sys-ptrace',
    title: `${instead ? 'or, instead: ' : ''}give memgap CAP_SYS_PTRACE, and CAP_DAC_READ_SEARCH for pagemap, mem and the search by port`,
    mends: ['uid', 'gid', 'dumpable', 'capabilities', 'file-owner', 'yama'],
    snippets: [
      { where: `${inMemgap}; as root, for others get no effective capability`, on: 'kubernetes', lines: asRootWith },
      { where: 'the unit of memgap', on: 'host', lines: unitWith },
      { where: 'a shell', on: 'host', lines: ['sudo memgap doctor'] },
    ],
  };
}

const asRootWith = [
  'securityContext:',
  '  runAsUser: 0',
  '  runAsNonRoot: false',
  '  capabilities:',
  '    drop: [ALL]',
  '    add: [SYS_PTRACE, DAC_READ_SEARCH]',
];
const unitWith = [
  '[Service]',
  'AmbientCapabilities=CAP_SYS_PTRACE CAP_DAC_READ_SEARCH',
  'CapabilityBoundingSet=CAP_SYS_PTRACE CAP_DAC_READ_SEARCH',
];

const dacReadSearch: Remedy = {
  name: 'dac-read-search',
  title: 'give memgap CAP_DAC_READ_SEARCH as well: pagemap, mem and fd/ are open to their owner alone',
  mends: ['file-owner'],
  snippets: [
    { where: inMemgap, on: 'kubernetes', lines: asRootWith },
    { where: 'the unit of memgap', on: 'host', lines: unitWith },
  ],
};

const yamaOff: Remedy = {
  name: 'yama',
  title: 'or let processes of one user attach to each other on this whole machine (3 can be changed by a reboot only)',
  mends: ['yama'],
  snippets: [{ where: 'the node or host', lines: ['sysctl -w kernel.yama.ptrace_scope=0'] }],
};

const sameUserNamespace: Remedy = {
  name: 'user-namespace',
  title: "run memgap in the target's user namespace, or in the machine's first one with CAP_SYS_PTRACE (untested)",
  mends: ['user-namespace'],
  snippets: [
    {
      where: 'the pod, when memgap is its sidecar: one for all its containers; or the DaemonSet',
      on: 'kubernetes',
      lines: ['hostUsers: true'],
    },
    { where: 'a shell of root', on: 'host', lines: ['nsenter --user --preserve-credentials --target PID memgap doctor'] },
  ],
};

function sameProfile(process: ProcessAccess | undefined): Remedy {
  return {
    name: 'security-module',
    title: "give memgap the target's own profile or label, and look for denials in the node's audit log (untested)",
    mends: ['security-module'],
    snippets: [
      { where: inMemgap, on: 'kubernetes', lines: ['securityContext:', ...profileLines(process?.label)] },
      { where: 'the node or host', lines: ["journalctl -k --grep='apparmor=|avc:'"] },
    ],
  };
}

/** The label is the target's: what does not look like one is not copied into YAML. */
function profileLines(label: string | undefined): readonly string[] {
  const [, level] = /^[\w.-]+:[\w.-]+:[\w.-]+:([\w.,:-]+)$/.exec(label ?? '') ?? [];
  if (level !== undefined) return ['  seLinuxOptions:', `    level: ${JSON.stringify(level)}`];
  const [, profile = 'unconfined'] = /^([\w./-]+) \((?:enforce|complain)\)$/.exec(label ?? '') ?? [];
  if (profile === 'unconfined') return ['  appArmorProfile:', '    type: Unconfined'];
  if (/^(cri-containerd\.apparmor\.d|docker-default|crio-default.*)$/.test(profile))
    return ['  appArmorProfile:', '    type: RuntimeDefault'];
  return ['  appArmorProfile:', '    type: Localhost', `    localhostProfile: ${scalar(profile)}`];
}
