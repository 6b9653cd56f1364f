import type { CheckName, Remedy } from './check.ts';
import type { AccessFacts } from './checks.ts';

/** Pure: what lets memgap see a process, tell it from others, and find its group. */
export function sightRemedies(failed: ReadonlySet<CheckName>, { surroundings }: AccessFacts): readonly Remedy[] {
  const remedies: Remedy[] = [];
  if (failed.has('pid-namespace')) remedies.push(sharedNamespace);
  if (failed.has('hidepid')) remedies.push(unhide(surroundings.hidePidGroup));
  if (failed.has('not-running')) remedies.push(nameIt);
  if (failed.has('several')) remedies.push(tellApart);
  if (failed.has('other-process')) remedies.push(onePair);
  if (failed.has('cgroup-unproven')) remedies.push(hostCgroups);
  if (failed.has('root-group')) remedies.push(ownGroup);
  return remedies;
}

const sharedNamespace: Remedy = {
  name: 'pid-namespace',
  title: 'let memgap see the processes of the target',
  mends: ['pid-namespace'],
  snippets: [
    { where: 'the pod (takes a restart of it)', on: 'kubernetes', lines: ['spec:', '  shareProcessNamespace: true'] },
    {
      where: "a shell, for one look without a restart; with the target's ids, see docs/kubernetes.md",
      on: 'kubernetes',
      lines: [
        'kubectl debug POD --image=MEMGAP_IMAGE --target=CONTAINER --profile=restricted --attach --quiet --arguments-only -- explain',
      ],
    },
    { where: 'a DaemonSet of memgap', on: 'kubernetes', lines: ['spec:', '  hostPID: true'] },
    {
      where: 'a shell, for a container of podman or docker',
      on: 'host',
      lines: ['podman run --pid=container:NAME --network=container:NAME MEMGAP_IMAGE'],
    },
  ],
};

function unhide(group: number | undefined): Remedy {
  return {
    name: 'hidepid',
    title: "run memgap with the target's UID and GID, or let it see the processes of others",
    mends: ['hidepid'],
    snippets: [
      ...(group === undefined
        ? []
        : [
            {
              where: 'the unit of memgap: the group that hidepid spares',
              on: 'host' as const,
              lines: ['[Service]', `SupplementaryGroups=${group}`],
            },
          ]),
      { where: 'the unit of memgap, if it is what hides them', on: 'host', lines: ['[Service]', 'ProtectProc=default', 'ProcSubset=all'] },
      { where: 'the node or host, for all users', lines: ['mount -o remount,hidepid=off /proc'] },
    ],
  };
}

const nameIt: Remedy = {
  name: 'not-running',
  title: 'start the program, or name it as it is seen from here: `memgap explain` without a target lists the Go programs in sight',
  mends: ['not-running'],
  snippets: [{ where: 'the command line of memgap, one of them', lines: ['--target.exe=NAME', '--target.port=PORT', '--target.pid=PID'] }],
};

const tellApart: Remedy = {
  name: 'several',
  title: 'tell the processes apart',
  mends: ['several'],
  snippets: [
    { where: 'the command line of memgap, one of them', lines: ['--target.pid=PID', '--target.exe=/ABSOLUTE/PATH', '--target.port=PORT'] },
  ],
};

const onePair: Remedy = {
  name: 'other-process',
  title: 'make the URL and the process of this target the same one',
  mends: ['other-process'],
  snippets: [],
};

const hostCgroups: Remedy = {
  name: 'cgroup-unproven',
  title: "show memgap the machine's cgroup tree: its own would not be the target's",
  mends: ['cgroup-unproven'],
  snippets: [
    {
      where: 'the DaemonSet of memgap (with hostPID: true)',
      on: 'kubernetes',
      lines: [
        'args: [serve, --path.cgroupfs=/host/sys/fs/cgroup]',
        'volumeMounts:',
        '  - { name: cgroup, mountPath: /host/sys/fs/cgroup, readOnly: true }',
        'volumes: # of the pod',
        '  - { name: cgroup, hostPath: { path: /sys/fs/cgroup, type: Directory } }',
      ],
    },
    { where: 'the command line of memgap', on: 'host', lines: ['--path.cgroupfs=/sys/fs/cgroup'] },
  ],
};

const ownGroup: Remedy = {
  name: 'root-group',
  title: 'run the target in a group with memory accounts, if its own limit and usage are wanted',
  mends: ['root-group'],
  snippets: [
    { where: "the target's unit", on: 'host', lines: ['[Service]', 'MemoryAccounting=yes'] },
    { where: 'a shell', on: 'host', lines: ['systemd-run --scope -p MemoryAccounting=yes PROGRAM'] },
  ],
};
