import { field, list } from './field.ts';

/**
 * Why the Pod Security Standard "restricted" would refuse a pod, as one line for each breach of it: the controls of
 * kubernetes.io/docs/concepts/security/pod-security-standards as of Kubernetes 1.34, for Linux.
 */
export function restrictedBreaches(podSpec: unknown): readonly string[] {
  const containers = ['initContainers', 'containers', 'ephemeralContainers'].flatMap((kind) => list(podSpec, kind));
  return [...podBreaches(podSpec), ...containers.flatMap((container) => [...containerBreaches(podSpec, container)])];
}

const allowedVolumes = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'];

const safeSysctls = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
];

function* podBreaches(podSpec: unknown): Generator<string> {
  for (const namespace of ['hostNetwork', 'hostPID', 'hostIPC']) if (field(podSpec, namespace) === true) yield namespace;
  for (const volume of list(podSpec, 'volumes')) {
    const kinds = Object.keys(volume ?? {}).filter((key) => key !== 'name');
    for (const kind of kinds) if (!allowedVolumes.includes(kind)) yield `volume ${field(volume, 'name')}: ${kind}`;
  }
  for (const sysctl of list(podSpec, 'securityContext', 'sysctls')) {
    if (!safeSysctls.includes(String(field(sysctl, 'name')))) yield `sysctl ${field(sysctl, 'name')}`;
  }
}

function* containerBreaches(podSpec: unknown, container: unknown): Generator<string> {
  const name = `container ${field(container, 'name')}`;
  const own = (key: string) => field(container, 'securityContext', key);
  const inForce = (key: string) => own(key) ?? field(podSpec, 'securityContext', key);

  if (own('privileged') === true) yield `${name}: privileged`;
  if (own('allowPrivilegeEscalation') !== false) yield `${name}: allowPrivilegeEscalation is not false`;
  if (inForce('runAsNonRoot') !== true) yield `${name}: runAsNonRoot is not true`;
  if (inForce('runAsUser') === 0) yield `${name}: runAsUser is 0`;
  if ((own('procMount') ?? 'Default') !== 'Default') yield `${name}: procMount`;
  if (!['RuntimeDefault', 'Localhost'].includes(String(field(inForce('seccompProfile'), 'type')))) yield `${name}: seccompProfile`;
  if (!['RuntimeDefault', 'Localhost', 'undefined'].includes(String(field(inForce('appArmorProfile'), 'type')))) {
    yield `${name}: appArmorProfile`;
  }
  yield* capabilityBreaches(name, own('capabilities'));
  yield* selinuxBreaches(name, inForce('seLinuxOptions'));
  yield* hostBreaches(name, container);
}

function* capabilityBreaches(name: string, capabilities: unknown): Generator<string> {
  if (!list(capabilities, 'drop').includes('ALL')) yield `${name}: capabilities.drop lacks ALL`;
  const added = list(capabilities, 'add').filter((capability) => capability !== 'NET_BIND_SERVICE');
  if (added.length > 0) yield `${name}: capabilities.add ${added.join(', ')}`;
}

function* selinuxBreaches(name: string, options: unknown): Generator<string> {
  const type = field(options, 'type') ?? '';
  const types = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];
  if (!types.includes(String(type))) yield `${name}: seLinuxOptions.type ${type}`;
  for (const key of ['user', 'role']) if (field(options, key)) yield `${name}: seLinuxOptions.${key}`;
}

function* hostBreaches(name: string, container: unknown): Generator<string> {
  for (const port of list(container, 'ports')) if (field(port, 'hostPort')) yield `${name}: hostPort ${field(port, 'hostPort')}`;
  const handlers = ['livenessProbe', 'readinessProbe', 'startupProbe'].map((probe) => field(container, probe));
  for (const handler of [...handlers, field(container, 'lifecycle', 'postStart'), field(container, 'lifecycle', 'preStop')]) {
    for (const action of ['httpGet', 'tcpSocket']) if (field(handler, action, 'host')) yield `${name}: host in ${action}`;
  }
}
