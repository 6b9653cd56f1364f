import * as v from 'valibot';
import { budgets } from '../budgets.ts';
import { tlsConfig } from './access.ts';
import { endpointOrUrl } from './endpoint.ts';
import { duration, port, size } from './leaves.ts';

const portOnly = v.pipe(
  port,
  v.transform((given): CheckedPortEndpoint => ({ port: given })),
);

const portEndpoint = v.pipe(
  v.strictObject({
    port: v.pipe(port, v.description('The TCP port.')),
    path: v.pipe(
      v.optional(
        v.pipe(
          v.string('an HTTP path'),
          v.title('string'),
          v.regex(/^\/[!-"$->@-~]*$/, 'a path that starts with /, without blanks, ?query and #fragment'),
        ),
      ),
      v.description('The path: `/debug/pprof`, `/debug/vars` or `/metrics` unless given.'),
    ),
    scheme: v.pipe(
      v.optional(v.pipe(v.union([v.literal('http'), v.literal('https')], 'http or https'), v.title('`http` or `https`'))),
      v.description('`http` unless given.'),
    ),
    tls_config: v.pipe(v.optional(tlsConfig), v.description('Whom to trust, and which certificate to show.')),
    body_size_limit: v.pipe(v.optional(size), v.description('Instead of the top-level body_size_limit.')),
  }),
  v.description(
    'Where the processes of a rule answer: at the address that the process itself listens on, and nowhere else. There are no credentials here: ' +
      'whoever runs a program of the right name on this machine would be given them. Name such a target under `targets`.',
  ),
);

/** Where the processes of a rule answer, checked. */
export interface CheckedPortEndpoint {
  readonly port: number;
  readonly path?: string | undefined;
  readonly scheme?: 'http' | 'https' | undefined;
  readonly tls_config?: v.InferOutput<typeof tlsConfig> | undefined;
  readonly body_size_limit?: v.InferOutput<typeof size> | undefined;
}

const answersAt = v.union([portOnly, portEndpoint], 'a port, or a mapping with port');

const ruleGo = v.pipe(
  v.strictObject({
    pprof: v.pipe(v.optional(answersAt), v.description('The index page of net/http/pprof.')),
    expvar: v.pipe(v.optional(answersAt), v.description('The page of the package expvar.')),
    metrics: v.pipe(v.optional(answersAt), v.description('A Prometheus page with the `go_memstats_*` metrics of client_golang.')),
  }),
  v.description('Where the processes of a rule tell the numbers of their Go runtime. Nothing is fetched that no rule names.'),
);

const pattern = v.string('a pattern such as manager or *-operator');

const rule = v.pipe(
  v.strictObject({
    exe: v.pipe(
      v.optional(v.pipe(pattern, v.title('pattern'), v.regex(/^(\/.*[^/]|[^/]+)$/, 'a pattern of a base name, or of an absolute path'))),
      v.description(
        'The executable: a pattern of its base name, such as `*-operator`, or of its absolute path. `*` is any text, `?` any character.',
      ),
    ),
    cgroup: v.pipe(
      v.optional(
        v.pipe(pattern, v.title('pattern'), v.regex(/^(\/.*[^/]|[^/]+)$/, 'a pattern of the name of a group, or of a path from the root')),
      ),
      v.description(
        'The cgroup: a pattern of the name of one group on its path, such as `kubepods*` or `operator.service`, or of the whole path (`/system.slice/*`).',
      ),
    ),
    port: v.pipe(v.optional(port), v.description('A TCP port that the process listens on, in whichever network namespace it is.')),
    go: v.pipe(v.optional(ruleGo), v.description('Where it tells the numbers of its Go runtime.')),
  }),
  v.check(
    ({ exe, cgroup, port }) => exe !== undefined || cgroup !== undefined || port !== undefined,
    'at least one of exe, cgroup and port: memgap does not take every process that it can see',
  ),
  v.description(
    'Which Go processes become targets: those that fit all of exe, cgroup and port that are given. The first rule that fits counts.',
  ),
);

const kubernetes = v.pipe(
  v.strictObject({
    node_name: v.pipe(
      v.optional(
        v.pipe(
          v.string('the name of a node'),
          v.title('string'),
          v.regex(/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/, 'the name of a node, as `kubectl get nodes` shows it'),
        ),
      ),
      v.description("The node that memgap runs on. The environment's `NODE_NAME` unless given (`fieldRef: spec.nodeName`)."),
    ),
    api: v.pipe(
      v.optional(endpointOrUrl),
      v.description('The API server. Unless given, the one that Kubernetes tells every pod of, with the token of its service account.'),
    ),
  }),
  v.description(
    'Asks the API server for the names of pods and containers, by `list` of the pods of this node and `get` of a pod. ' +
      'Without it, or while it does not answer, targets bear names made of their cgroups.',
  ),
);

/** `discovery`: which processes of this machine become targets by themselves. */
export const discovery = v.pipe(
  v.strictObject({
    interval: v.pipe(v.optional(duration(1000, 86_400_000), '15s'), v.description('How often all processes are scanned. At least 1s.')),
    max_targets: v.pipe(
      v.optional(
        v.pipe(
          v.number('a whole number'),
          v.integer('a whole number'),
          v.minValue(1, 'a number from 1 to 1000'),
          v.maxValue(1000, 'a number from 1 to 1000'),
        ),
        100,
      ),
      v.description(
        'The most processes that are watched at a time; what is left out is logged and counted in `memgap_discovery_left_out`.',
      ),
    ),
    rules: v.pipe(
      v.array(rule, 'a list of rules'),
      v.minLength(1, 'at least one rule'),
      v.maxLength(budgets.configRules.maxEntries, 'at most 100 rules'),
      v.description('1 to 100 rules.'),
    ),
    kubernetes: v.pipe(
      v.optional(kubernetes),
      v.description('Names from Kubernetes. `{}` in a pod that has `NODE_NAME` and a service account.'),
    ),
  }),
  v.description(
    'Finds Go processes on this machine by the build info in their executables. Needs the right to read them: hostPID in Kubernetes, ' +
      'and root with CAP_SYS_PTRACE (docs/host.md).',
  ),
);

/** The parts that have a name of their own in the JSON Schema and in docs/configuration.md. */
export const discoveryParts = { discovery, rule, rule_go: ruleGo, rule_address: portEndpoint, kubernetes };

/** `discovery`, checked. */
export type CheckedDiscovery = v.InferOutput<typeof discovery>;
