/** A container for crun. What is not given is as Pod Security "restricted" wants it. */
export interface Container {
  readonly name: string;
  /** Its root directory, mounted read-only. */
  readonly root: string;
  readonly args: readonly string[];
  readonly env?: readonly string[];
  readonly uid: number;
  readonly gid: number;
  /** Such as `CAP_SYS_PTRACE`; none if not given. A user that is not root gets them as ambient ones. */
  readonly capabilities?: readonly string[];
  readonly memoryMib: number;
  /** A process in the host whose namespace is joined; a new one if not given. */
  readonly pidOf?: number | undefined;
  readonly netOf?: number | undefined;
  /** Whether it sees its own group as the top, as containers do on cgroup v2. */
  readonly cgroupNamespace?: true;
  /** Its group; below `/crun`, under its name, if not given. */
  readonly group?: string;
  /** Folders of the host, by where they are seen, read-only, with what is mounted in them. */
  readonly folders?: Readonly<Record<string, string>>;
}

/** The capabilities that docker and containerd give a container by default. */
export const defaultCapabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FSETID',
  'FOWNER',
  'MKNOD',
  'NET_RAW',
  'SETGID',
  'SETUID',
  'SETFCAP',
  'SETPCAP',
  'NET_BIND_SERVICE',
  'SYS_CHROOT',
  'KILL',
  'AUDIT_WRITE',
].map((name) => `CAP_${name}`);

/** Its config.json, as the OCI runtime specification has it. */
export function ociConfig({
  name,
  root,
  args,
  env = [],
  uid,
  gid,
  capabilities = [],
  memoryMib,
  pidOf,
  netOf,
  folders = {},
  cgroupNamespace,
  group = `/crun/${name}`,
}: Container): object {
  const held = { bounding: capabilities, permitted: capabilities, effective: capabilities };
  return {
    ociVersion: '1.0.2',
    process: {
      user: { uid, gid },
      args,
      env: ['PATH=/usr/bin:/bin', ...env],
      cwd: '/',
      capabilities: uid === 0 ? held : { ...held, inheritable: capabilities, ambient: capabilities },
      noNewPrivileges: true,
    },
    root: { path: root, readonly: true },
    hostname: name,
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
      { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: ['nosuid', 'noexec', 'nodev', 'mode=1777'] },
      { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'nodev', 'mode=1777'] },
      { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
      // what makes a container's own group readable below /proc/PID/root
      { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['nosuid', 'noexec', 'nodev', 'relatime', 'ro'] },
      ...Object.entries(folders).map(([destination, source]) => ({ destination, type: 'bind', source, options: ['rbind', 'ro'] })),
    ],
    linux: {
      cgroupsPath: group,
      resources: { memory: { limit: memoryMib * 1024 * 1024 } },
      namespaces: [
        { type: 'mount' },
        { type: 'ipc' },
        { type: 'uts' },
        joined('pid', pidOf, 'pid'),
        joined('network', netOf, 'net'),
        ...(cgroupNamespace ? [{ type: 'cgroup' }] : []),
      ],
    },
  };
}

function joined(type: string, of: number | undefined, file: string): object {
  return of === undefined ? { type } : { type, path: `/proc/${of}/ns/${file}` };
}
