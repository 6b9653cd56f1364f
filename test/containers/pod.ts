import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type Metrics, metricsOf } from '../e2e/memgap.ts';
import type { Host } from './host.ts';
import { imageRoot, operatorRoot } from './roots.ts';

const deploy = join(import.meta.dirname, '../../deploy/kubernetes');

/** What is different from the shipped manifests. */
interface Changes {
  /** Bytes, as Kubernetes writes them: `200Mi`. */
  readonly memory: string;
  /** A folder of the host, which the operator sees as /data. */
  readonly data: string;
}

/**
 * The shipped sidecar in the Pod of the shipped example, with the lab's operator for the example's: what kustomize would render, but for
 * the memory limit and a folder to write to; memgap polls each second; and it stands among the containers, for podman 4.3 knows no native
 * sidecar.
 */
function podYaml({ memory, data }: Changes): string {
  const { template } = read('example/deployment.yaml').spec;
  const component = read('components/sidecar/sidecar.yaml').spec.template.spec;
  const { restartPolicy: _, livenessProbe: _live, readinessProbe: _ready, env, ...memgap } = component.initContainers[0];
  const manager = { ...template.spec.containers[0], image: 'localhost/manager', resources: { limits: { memory } } };
  return stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'operator' },
    spec: {
      securityContext: template.spec.securityContext,
      shareProcessNamespace: component.shareProcessNamespace,
      restartPolicy: 'Always',
      containers: [manager, { ...memgap, image: 'localhost/memgap', env: env.map(told), args: [...memgap.args, '--poll.interval=1s'] }],
      volumes: [{ name: 'data', hostPath: { path: data } }], // an emptyDir of podman's is root's
    },
  });
}

/** podman knows no namespace, and refuses a pod that asks for it; its name it tells as Kubernetes does. */
function told(variable: { readonly name: string; readonly valueFrom: { readonly fieldRef: { readonly fieldPath: string } } }) {
  return variable.valueFrom.fieldRef.fieldPath === 'metadata.namespace' ? { name: variable.name, value: 'shop' } : variable;
}

function read(name: string) {
  return parse(readFileSync(join(deploy, name), 'utf8'));
}

/** A container of the pod; its pid is the host's. */
interface PodContainer {
  readonly name: string;
  pid(): Promise<number>;
  log(): Promise<string>;
}

/** The pod, played by podman. */
export interface Pod {
  readonly name: string;
  log(): Promise<string>;
  readonly manager: PodContainer;
  readonly memgap: PodContainer;
  /** A page of memgap, by the pod's address. */
  get(path: string): Promise<string>;
  metrics(): Promise<Metrics>;
  /** Has the operator do something, by the pod's address, and tells its answer. */
  ask(path: string): Promise<string>;
  /** The folder of the operator's memory group. */
  group(): Promise<string>;
  readonly address: string;
}

/** Builds both images FROM scratch, memgap's as `make image` does, and plays the pod. It goes with the host. */
export async function playPod(host: Host, operator: string, memory: string): Promise<Pod> {
  const data = join(host.folder, 'data');
  mkdirSync(data, { mode: 0o777 });
  await host.must('chmod', '777', data);
  const image = join(host.folder, 'image');
  await imageRoot(image);
  await host.podman('build', '--layers=false', '--isolation', 'chroot', '-t', 'localhost/memgap', image);
  const lab = join(host.folder, 'manager');
  operatorRoot(join(lab, 'root'), operator);
  writeFileSync(join(lab, 'Containerfile'), 'FROM scratch\nCOPY root /\n');
  await host.podman('build', '--layers=false', '--isolation', 'chroot', '-t', 'localhost/manager', lab);
  const file = join(host.folder, 'pod.yml');
  writeFileSync(file, podYaml({ memory, data }));
  await host.podman('kube', 'play', '--build=false', '--network', 'podman', file);

  const inspect = async (container: string, format: string) => (await host.podman('inspect', '--format', format, container)).trim();
  const container = (name: string): PodContainer => ({
    name,
    pid: async () => Number(await inspect(`operator-${name}`, '{{.State.Pid}}')),
    log: () => host.podmanErrors('logs', '--tail', '50', `operator-${name}`),
  });
  const infra = (await host.podman('pod', 'inspect', '--format', '{{.InfraContainerID}}', 'operator')).trim();
  const address = await inspect(infra, '{{.NetworkSettings.Networks.podman.IPAddress}}');
  const manager = container('manager');
  const memgap = container('memgap');
  const get = (path: string) => host.get(`http://${address}:9779${path}`);
  return {
    name: 'the pod',
    log: memgap.log,
    manager,
    memgap,
    address,
    get,
    metrics: async () => metricsOf(await get('/metrics')),
    ask: (path) => host.get(`http://${address}:8080${path}`),
    group: async () => {
      const [, path = ''] = /:memory:(.*)/.exec(await host.must('cat', `/proc/${await manager.pid()}/cgroup`)) ?? [];
      return host.cgroup(path);
    },
  };
}
