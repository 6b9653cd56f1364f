import * as v from 'valibot';
import { budgets } from '../budgets.ts';
import { printable } from '../untrusted.ts';
import { authorization, basicAuth, tlsConfig } from './access.ts';
import { discovery, discoveryParts } from './discovery.ts';
import { access, endpoint, endpointOrUrl, oneKind } from './endpoint.ts';
import { duration, port, size } from './leaves.ts';

const go = v.pipe(
  v.strictObject({
    pprof: v.pipe(
      v.optional(endpointOrUrl),
      v.description('The index page of net/http/pprof, such as `http://127.0.0.1:6060/debug/pprof`, or `unix:/run/op.sock:/debug/pprof`.'),
    ),
    expvar: v.pipe(
      v.optional(endpointOrUrl),
      v.description('The page of the package expvar, such as `http://127.0.0.1:6060/debug/vars`. The cheapest to read.'),
    ),
    metrics: v.pipe(
      v.optional(endpointOrUrl),
      v.description('A Prometheus page with the `go_memstats_*` metrics of client_golang, such as `http://127.0.0.1:8080/metrics`.'),
    ),
  }),
  v.description("Where the Go runtime's own numbers can be had. Whatever the order here, the cheapest that answers is used."),
);

const whole = 'a whole number';
const partOfPath = /^(\/.*[^/]|[^/]+)$/;

const processPart = v.pipe(
  v.strictObject({
    pid: v.pipe(
      v.optional(
        v.pipe(
          v.number(whole),
          v.integer(whole),
          v.minValue(1, 'a process id of 1 or more'),
          v.maxValue(4_194_304, 'a process id of at most 4194304'), // PID_MAX_LIMIT: proc_sys_kernel(5)
        ),
      ),
      v.description('The process id, as memgap sees it. It does not survive a restart of the program.'),
    ),
    exe: v.pipe(
      v.optional(
        v.pipe(
          v.string('the name of an executable'),
          v.title('string'),
          v.regex(partOfPath, 'a base name such as manager, or an absolute path'),
        ),
      ),
      v.description('The executable: its base name, such as `manager`, or its absolute path. Exactly one process must run it.'),
    ),
    port: v.pipe(v.optional(port), v.description("The TCP port that it listens on, in memgap's own network namespace.")),
    cgroup: v.pipe(
      v.optional(
        v.pipe(
          v.string('the name of a cgroup'),
          v.title('string'),
          v.regex(partOfPath, 'the path of a cgroup from its root, or the last part of it'),
        ),
      ),
      v.description('The cgroup that it runs in: its path, or the last part of it.'),
    ),
  }),
  v.metadata({ minProperties: 1, maxProperties: 1 }),
  v.check((selector) => Object.keys(selector).length === 1, 'exactly one of pid, exe, port and cgroup'),
  v.description('Which process it is, seen from where memgap runs. Give exactly one field.'),
);

const target = v.pipe(
  v.strictObject({
    name: v.pipe(
      v.string('a name as text (put it in quotes)'),
      v.title('string'),
      v.minLength(1, 'a name of 1 to 128 characters'),
      v.maxLength(128, 'a name of 1 to 128 characters'),
      v.check((name) => printable(name) === name, 'a name without control characters'),
      v.description('The `target` label of its metrics. Unique, 1 to 128 printable characters.'),
    ),
    go: v.pipe(v.optional(go), v.description("Where the Go runtime's numbers can be had.")),
    process: v.pipe(v.optional(processPart), v.description('Which process it is.')),
    ...access,
    body_size_limit: v.pipe(v.optional(size), v.description('Instead of the top-level body_size_limit.')),
  }),
  v.forward(
    v.check((place) => place.basic_auth === undefined || place.authorization === undefined, oneKind),
    ['authorization'],
  ),
  v.check(
    ({ go, process }) => process !== undefined || (go !== undefined && Object.keys(go).length > 0),
    'an address (pprof, expvar or metrics), a process (pid, exe, port or cgroup), or both: there is nothing to read',
  ),
  v.description('One Go process to watch: how to reach its runtime, which process it is, or (for the full account) both.'),
);

const oneSecond = 1000;
const oneDay = 86_400_000; // a timer of node overflows after 24 days and then fires at once

/** The document that a person writes. The only place that says which fields there are, and what they mean. */
export const configSchema = v.pipe(
  v.strictObject({
    poll_interval: v.pipe(v.optional(duration(oneSecond, oneDay), '15s'), v.description('How often every target is read. At least 1s.')),
    poll_timeout: v.pipe(
      v.optional(duration(1, oneDay)),
      v.metadata({ default: '5s' }), // not in v.optional(): without it, a short poll_interval shortens it (resolve.ts)
      v.description('How long all reads of one target may take together. At most poll_interval, and no longer than that by default.'),
    ),
    body_size_limit: v.pipe(
      v.optional(size, '64MiB'),
      v.description('The longest answer that is read of an address; a longer one counts as an error with the reason `too-large`.'),
    ),
    targets: v.pipe(
      v.optional(
        v.pipe(
          v.array(target, 'a list of targets'),
          v.minLength(1, 'at least one target'),
          v.maxLength(budgets.configTargets.maxEntries, 'at most 5000 targets'),
        ),
      ),
      v.description('What to watch: 1 to 5000 targets. Required without `discovery`.'),
    ),
    discovery: v.pipe(
      v.optional(discovery),
      v.description('Go processes of this machine that become targets by themselves: off unless given.'),
    ),
  }),
  v.forward(
    v.check(
      ({ targets, discovery }) => targets !== undefined || discovery !== undefined,
      'targets, discovery, or both: there is nothing to watch',
    ),
    ['targets'],
  ),
);

/** The parts that have a name of their own in the JSON Schema and in docs/configuration.md. */
export const configParts = {
  target,
  go,
  address: endpoint,
  process: processPart,
  basic_auth: basicAuth,
  authorization,
  tls_config: tlsConfig,
  ...discoveryParts,
};

/** The document, checked field by field; durations in milliseconds, sizes in bytes. */
export type CheckedDocument = v.InferOutput<typeof configSchema>;

/** One target of it. */
export type CheckedTarget = NonNullable<CheckedDocument['targets']>[number];
