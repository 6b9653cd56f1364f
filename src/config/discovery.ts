import {
  array,
  check,
  description,
  type InferOutput,
  integer,
  literal,
  maxLength,
  maxValue,
  minLength,
  minValue,
  number,
  optional,
  pipe,
  regex,
  strictObject,
  string,
  title,
  transform,
  union,
} from 'valibot';
import { budgets } from '../budgets.ts';
import { tlsConfig } from './access.ts';
import { endpointOrUrl } from './endpoint.ts';
import { duration, port, size } from './leaves.ts';

const portOnly = pipe(
  port,
  transform((given): CheckedPortEndpoint => ({ port: given })),
);

const portEndpoint = pipe(
  strictObject({
    port: pipe(port, description('The TCP port.')),
    path: pipe(
      optional(
        pipe(
          string('an HTTP path'),
          title('string'),
          regex(/^\/[!-"$->@-~]*$/, 'a path that starts with /, without blanks, ?query and #fragment'),
        ),
      ),
      description('The path: `/debug/pprof`, `/debug/vars` or `/metrics` unless given.'),
    ),
    scheme: pipe(
      optional(pipe(union([literal('http'), literal('https')], 'http or https'), title('`http` or `https`'))),
      description('`http` unless given.'),
    ),
    tls_config: pipe(optional(tlsConfig), description('Whom to trust, and which certificate to show.')),
    body_size_limit: pipe(optional(size), description('Instead of the top-level body_size_limit.')),
  }),
  description(
    'Where the processes of a rule answer: at the address that the process itself listens on, and nowhere else. There are no credentials here: ' +
      'whoever runs a program of the right name on this machine would be given them. Name such a target under `targets`.',
  ),
);

/** Where the processes of a rule answer, checked. */
export interface CheckedPortEndpoint {
  readonly port: number;
  readonly path?: string | undefined;
  readonly scheme?: 'http' | 'https' | undefined;
  readonly tls_config?: InferOutput<typeof tlsConfig> | undefined;
  readonly body_size_limit?: InferOutput<typeof size> | undefined;
}

const answersAt = union([portOnly, portEndpoint], 'a port, or a mapping with port');

const ruleGo = pipe(
  strictObject({
    pprof: pipe(optional(answersAt), description('The index page of net/http/pprof.')),
    expvar: pipe(optional(answersAt), description('The page of the package expvar.')),
    metrics: pipe(optional(answersAt), description('A Prometheus page with the `go_memstats_*` metrics of client_golang.')),
  }),
  description('Where the processes of a rule tell the numbers of their Go runtime. Nothing is fetched that no rule names.'),
);

const pattern = string('a pattern such as manager or *-operator');

const rule = pipe(
  strictObject({
    exe: pipe(
      optional(pipe(pattern, title('pattern'), regex(/^(\/.*[^/]|[^/]+)$/, 'a pattern of a base name, or of an absolute path'))),
      description(
        'The executable: a pattern of its base name, such as `*-operator`, or of its absolute path. `*` is any text, `?` any character.',
      ),
    ),
    cgroup: pipe(
      optional(
        pipe(pattern, title('pattern'), regex(/^(\/.*[^/]|[^/]+)$/, 'a pattern of the name of a group, or of a path from the root')),
      ),
      description(
        'The cgroup: a pattern of the name of one group on its path, such as `kubepods*` or `operator.service`, or of the whole path (`/system.slice/*`).',
      ),
    ),
    port: pipe(optional(port), description('A TCP port that the process listens on, in whichever network namespace it is.')),
    go: pipe(optional(ruleGo), description('Where it tells the numbers of its Go runtime.')),
  }),
  check(
    ({ exe, cgroup, port }) => exe !== undefined || cgroup !== undefined || port !== undefined,
    'at least one of exe, cgroup and port: memgap does not take every process that it can see',
  ),
  description(
    'Which Go processes become targets: those that fit all of exe, cgroup and port that are given. The first rule that fits counts.',
  ),
);

const kubernetes = pipe(
  strictObject({
    node_name: pipe(
      optional(
        pipe(
          string('the name of a node'),
          title('string'),
          regex(/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/, 'the name of a node, as `kubectl get nodes` shows it'),
        ),
      ),
      description("The node that memgap runs on. The environment's `NODE_NAME` unless given (`fieldRef: spec.nodeName`)."),
    ),
    api: pipe(
      optional(endpointOrUrl),
      description('The API server. Unless given, the one that Kubernetes tells every pod of, with the token of its service account.'),
    ),
  }),
  description(
    'Asks the API server for the names of pods and containers, by `list` of the pods of this node and `get` of a pod. ' +
      'Without it, or while it does not answer, targets bear names made of their cgroups.',
  ),
);

/** `discovery`: which processes of this machine become targets by themselves. */
export const discovery = pipe(
  strictObject({
    interval: pipe(optional(duration(1000, 86_400_000), '15s'), description('How often all processes are scanned. At least 1s.')),
    max_targets: pipe(
      optional(
        pipe(
          number('a whole number'),
          integer('a whole number'),
          minValue(1, 'a number from 1 to 1000'),
          maxValue(1000, 'a number from 1 to 1000'),
        ),
        100,
      ),
      description('The most processes that are watched at a time; what is left out is logged and counted in `memgap_discovery_left_out`.'),
    ),
    rules: pipe(
      array(rule, 'a list of rules'),
      minLength(1, 'at least one rule'),
      maxLength(budgets.configRules.maxEntries, 'at most 100 rules'),
      description('1 to 100 rules.'),
    ),
    kubernetes: pipe(optional(kubernetes), description('Names from Kubernetes. `{}` in a pod that has `NODE_NAME` and a service account.')),
  }),
  description(
    'Finds Go processes on this machine by the build info in their executables. Needs the right to read them: hostPID in Kubernetes, ' +
      'and root with CAP_SYS_PTRACE (docs/host.md).',
  ),
);

/** The parts that have a name of their own in the JSON Schema and in docs/configuration.md. */
export const discoveryParts = { discovery, rule, rule_go: ruleGo, rule_address: portEndpoint, kubernetes };

/** `discovery`, checked. */
export type CheckedDiscovery = InferOutput<typeof discovery>;
