import type { Problem } from '../model/problem.ts';
import { printable } from '../untrusted.ts';
import { annotation } from './annotations.ts';
import type { Container, PodSpec } from './pod.ts';
import type { InjectRequest, RunAs } from './request.ts';

/** The container to watch, who it runs as, and how memgap finds its process. */
export interface Target {
  readonly container: Container;
  readonly ids: RunAs;
  readonly process: { readonly exe: string } | { readonly port: number };
}

/** Chooses what the sidecar watches. Never guesses: whose memory is shown must be sure. */
export function chooseTarget(pod: PodSpec, annotations: ReadonlyMap<string, string>, request: InjectRequest): Target | Problem {
  const container = chooseContainer(pod, annotations, request);
  if ('message' in container) return container;
  const ids = idsOf(container, pod, request);
  if ('message' in ids) return ids;
  const process = processOf(container, pod, request);
  return 'message' in process ? process : { container, ids, process };
}

function chooseContainer(pod: PodSpec, annotations: ReadonlyMap<string, string>, request: InjectRequest): Container | Problem {
  const candidates = pod.containers.filter(({ ends }) => !ends);
  const names = candidates.map(({ name }) => name).join(', ');
  const named = request.container ?? annotations.get(annotation.container);
  if (named !== undefined) {
    const container = candidates.find(({ name }) => name === named);
    if (container !== undefined) return container;
    const source = request.container === undefined ? `the annotation ${annotation.container}` : '--container';
    return { message: `no container is named ${quoted(named)}, as ${source} says: there are ${printable(names)}` };
  }
  const [only, ...others] = candidates;
  if (only === undefined) return { message: 'it has no containers' };
  if (others.length === 0) return only;
  const shown = candidates.find(({ name }) => name === annotations.get(annotation.defaultContainer));
  if (shown !== undefined) return shown;
  const how = `say which by --container NAME, or by the annotation ${annotation.container} of the pod template`;
  return { message: `there are several containers, ${printable(names)}: ${how}` };
}

function idsOf(container: Container, pod: PodSpec, { runAs }: InjectRequest): RunAs | Problem {
  const user = container.user ?? pod.user;
  const group = container.group ?? pod.group;
  const name = quoted(container.name);
  const example =
    'add runAsUser and runAsGroup to its securityContext, or give --run-as UID:GID as its image has them (USER in its Dockerfile)';
  const why = "memgap must run as the target's own user and group to read its memory maps";
  if (runAs !== undefined && ((user ?? runAs.user) !== runAs.user || (group ?? runAs.group) !== runAs.group)) {
    return {
      message: `--run-as ${runAs.user}:${runAs.group} is not what the YAML says of the container ${name}: ${user ?? '?'}:${group ?? '?'}`,
    };
  }
  const ids = { user: user ?? runAs?.user, group: group ?? runAs?.group };
  if (ids.user === undefined) return { message: `no UID is known of the container ${name}, and ${why}: ${example}` };
  if (ids.user === 0) {
    return {
      message:
        `the container ${name} runs as root (uid 0): memgap would have to be root as well, with every capability that the container has, which ` +
        'Pod Security "restricted" forbids. Run the container as another user, or memgap in node mode (a DaemonSet)',
    };
  }
  if (ids.group === undefined)
    return { message: `the UID of the container ${name} is known (${ids.user}), but no GID, and ${why}: ${example}` };
  return { user: ids.user, group: ids.group };
}

function processOf(container: Container, pod: PodSpec, { exe, pprof }: InjectRequest): Target['process'] | Problem {
  if (exe !== undefined) return { exe };
  const program = programOf(container);
  const same = pod.containers.filter((each) => !each.ends && programOf(each) === program);
  if (program !== undefined && same.length === 1) return { exe: program };
  if (pprof !== undefined) return { port: pprof.port };
  const why =
    program !== undefined
      ? `${same.length} containers run ${quoted(program)}`
      : container.command === undefined
        ? 'its YAML has no command'
        : `its command is ${quoted(container.command)}, which is not the program itself`;
  return { message: `nothing tells the process of the container ${quoted(container.name)} (${why}): give --exe NAME, or --pprof URL` };
}

/** The base name of what the container runs, where its command is the program. */
function programOf({ command }: Container): string | undefined {
  const name = command?.split('/').at(-1) ?? '';
  return name === '' || name.includes('$(') || isStarter(name) ? undefined : name;
}

function quoted(text: string): string {
  return `"${printable(text, 128)}"`;
}

/** What starts another program, in its place or as its child: the process to watch is not called like that. */
const starters = new Set(
  [
    'sh bash ash dash zsh ksh mksh fish csh tcsh busybox toybox env',
    'init tini tini-static dumb-init catatonit pid1 my_init s6-svscan runsvdir supervisord systemd',
    'su sudo doas runuser su-exec gosu setpriv setuidgid chpst capsh chroot unshare nsenter bwrap',
    'timeout nice ionice chrt taskset numactl prlimit stdbuf nohup setsid script time xargs flock',
    'dlv gdb strace ltrace perf valgrind go air reflex watchexec nodemon',
    'vault-env envconsul chamber doppler secrets-init consul-template',
    'nodejs java entrypoint docker-entrypoint',
  ].flatMap((line) => line.split(' ')),
);

const interpreter = /^(?:python|pypy|perl|ruby|node|php|lua|tclsh|pwsh)[\d.]*$/;
const script = /\.(?:sh|bash|zsh|ksh|py|pl|rb|js|php|lua|ps1)$/;
const loader = /^ld(?:64)?[-.].*so[\d.]*$/; // ld-linux-x86-64.so.2, ld-musl-x86_64.so.1

/** Whether a program of this base name starts another one, or is a script: `/proc/PID/exe` of that is its interpreter (execve(2)). Pure. */
export function isStarter(name: string): boolean {
  return starters.has(name) || [interpreter, script, loader].some((pattern) => pattern.test(name));
}
