import { printable } from '../untrusted.ts';
import { annotation } from './names.ts';
import type { Container, Pod } from './pod.ts';
import type { Ids, Problem, Request } from './request.ts';
import { isStarter } from './starters.ts';

/** The container to watch, who it runs as, and how memgap finds its process. */
export interface Target {
  readonly container: Container;
  readonly ids: Ids;
  readonly process: { readonly exe: string } | { readonly port: number };
}

/** Chooses what the sidecar watches. Never guesses: whose memory is shown must be sure. */
export function chooseTarget(pod: Pod, annotations: ReadonlyMap<string, string>, request: Request): Target | Problem {
  const container = chooseContainer(pod, annotations, request);
  if ('problem' in container) return container;
  const ids = idsOf(container, pod, request);
  if ('problem' in ids) return ids;
  const process = processOf(container, pod, request);
  return 'problem' in process ? process : { container, ids, process };
}

function chooseContainer(pod: Pod, annotations: ReadonlyMap<string, string>, request: Request): Container | Problem {
  const candidates = pod.containers.filter(({ ends }) => !ends);
  const names = candidates.map(({ name }) => name).join(', ');
  const named = request.container ?? annotations.get(annotation.container);
  if (named !== undefined) {
    const container = candidates.find(({ name }) => name === named);
    if (container !== undefined) return container;
    const source = request.container === undefined ? `the annotation ${annotation.container}` : '--container';
    return { problem: `no container is named ${quoted(named)}, as ${source} says: there are ${printable(names)}` };
  }
  const [only, ...others] = candidates;
  if (only === undefined) return { problem: 'it has no containers' };
  if (others.length === 0) return only;
  const shown = candidates.find(({ name }) => name === annotations.get(annotation.defaultContainer));
  if (shown !== undefined) return shown;
  const how = `say which by --container NAME, or by the annotation ${annotation.container} of the pod template`;
  return { problem: `there are several containers, ${printable(names)}: ${how}` };
}

function idsOf(container: Container, pod: Pod, { runAs }: Request): Ids | Problem {
  const user = container.user ?? pod.user;
  const group = container.group ?? pod.group;
  const name = quoted(container.name);
  const example =
    'add runAsUser and runAsGroup to its securityContext, or give --run-as UID:GID as its image has them (USER in its Dockerfile)';
  const why = "memgap must run as the target's own user and group to read its memory maps";
  if (runAs !== undefined && ((user ?? runAs.user) !== runAs.user || (group ?? runAs.group) !== runAs.group)) {
    return {
      problem: `--run-as ${runAs.user}:${runAs.group} is not what the YAML says of the container ${name}: ${user ?? '?'}:${group ?? '?'}`,
    };
  }
  const ids = { user: user ?? runAs?.user, group: group ?? runAs?.group };
  if (ids.user === undefined) return { problem: `no UID is known of the container ${name}, and ${why}: ${example}` };
  if (ids.user === 0) {
    return {
      problem:
        `the container ${name} runs as root (uid 0): memgap would have to be root as well, with every capability that the container has, which ` +
        'Pod Security "restricted" forbids. Run the container as another user, or memgap in node mode (a DaemonSet)',
    };
  }
  if (ids.group === undefined)
    return { problem: `the UID of the container ${name} is known (${ids.user}), but no GID, and ${why}: ${example}` };
  return { user: ids.user, group: ids.group };
}

function processOf(container: Container, pod: Pod, { exe, pprof }: Request): Target['process'] | Problem {
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
  return { problem: `nothing tells the process of the container ${quoted(container.name)} (${why}): give --exe NAME, or --pprof URL` };
}

/** The base name of what the container runs, where its command is the program. */
function programOf({ command }: Container): string | undefined {
  const name = command?.split('/').at(-1) ?? '';
  return name === '' || name.includes('$(') || isStarter(name) ? undefined : name;
}

function quoted(text: string): string {
  return `"${printable(text, 128)}"`;
}
