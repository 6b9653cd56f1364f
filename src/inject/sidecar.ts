import { sidecarName } from './annotations.ts';
import type { Value } from './insert.ts';
import type { InjectRequest } from './request.ts';
import type { Target } from './target.ts';

const usualPort = 9779;

/**
 * The container that is added. It passes Pod Security "restricted", and runs as the target's user AND group: with another one the kernel
 * refuses it the target's maps (PTRACE_MODE_READ_FSCREDS in ptrace(2)).
 */
export function sidecar({ container, ids, process }: Target, request: InjectRequest): Readonly<Record<string, Value>> {
  return {
    name: sidecarName,
    image: request.image,
    ...(request.native && { restartPolicy: 'Always' }), // a sidecar, in Kubernetes's words: KEP-753
    args: [
      'serve',
      `--target.name=${container.name}`,
      ...(request.pprof === undefined ? [] : [`--target.pprof=${request.pprof.url}`]),
      'exe' in process ? `--target.exe=${process.exe}` : `--target.port=${process.port}`,
      ...(request.port === usualPort ? [] : [`--web.listen-address=:${request.port}`]),
    ].map(literal),
    // discovery/kubernetes/in-cluster.ts reads them
    env: [fieldEnv('POD_NAME', 'metadata.name'), fieldEnv('POD_NAMESPACE', 'metadata.namespace')],
    ports: [{ name: sidecarName, containerPort: request.port }],
    livenessProbe: { httpGet: { path: '/-/healthy', port: sidecarName }, timeoutSeconds: 5 },
    // that memgap serves, not that the target is up
    readinessProbe: { httpGet: { path: '/-/ready', port: sidecarName }, timeoutSeconds: 5 },
    resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    securityContext: {
      runAsUser: ids.user,
      runAsGroup: ids.group,
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
}

/** kubelet expands `$(NAME)` in arguments; `$$(` stands for `$(`. */
function literal(argument: string): string {
  return argument.replaceAll('$(', () => '$$(');
}

function fieldEnv(name: string, fieldPath: string): Value {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}
