import type { CommandName } from './commands.ts';

/** One flag: what parses it, what `--help` says of it and what docs/cli.md says of it, in one place. */
export interface Option {
  readonly name: string;
  /** One letter that stands for it. */
  readonly short?: string;
  readonly type: 'string' | 'boolean';
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly default?: string;
  readonly multiple?: boolean;
  readonly help: string;
  readonly group: 'inject' | 'general' | 'target' | 'load' | 'record' | 'web' | 'read' | 'output';
  readonly commands: readonly CommandName[];
}

const reading = ['serve', 'explain', 'record', 'doctor', 'loadtest'] as const;
const once = ['explain', 'record', 'doctor', 'loadtest'] as const;
const all = ['serve', 'explain', 'record', 'doctor', 'inject', 'loadtest', 'check-config'] as const;

/** Every flag of every command, spelled as the Prometheus exporters spell theirs. */
export const options: readonly Option[] = [
  {
    name: 'config.file',
    type: 'string',
    value: 'FILE',
    help: 'the targets, and how often they are read, in YAML (docs/configuration.md); takes the place of --target.* and --poll.*',
    group: 'general',
    commands: reading,
  },
  target('name', 'NAME', "the target's name, also its label in every metric"),
  target('pprof', 'URL', 'where net/http/pprof is: http://127.0.0.1:6060/debug/pprof, or unix:/run/op.sock:/debug/pprof'),
  target('expvar', 'URL', 'where expvar is: http://127.0.0.1:6060/debug/vars (the cheapest source)'),
  target('metrics', 'URL', "the target's own /metrics, with go_memstats_*"),
  target('pid', 'PID', 'the process, by pid; give one of pid, exe, port and cgroup'),
  target('exe', 'NAME', 'the process, by the name or the path of its executable'),
  target('port', 'PORT', 'the process, by the TCP port that it listens on'),
  target('cgroup', 'PATH', 'the process, by its cgroup: the path or its last part'),
  {
    name: 'target.probe-ports',
    type: 'boolean',
    help: 'ask the ports that the process listens on for expvar, /metrics and pprof, over plain HTTP',
    group: 'target',
    commands: once,
  },
  {
    name: 'poll.interval',
    type: 'string',
    value: 'DURATION',
    default: '15s',
    help: 'how often it is read; a config file has poll_interval for it',
    group: 'target',
    commands: ['serve'],
  },
  {
    name: 'poll.timeout',
    type: 'string',
    value: 'DURATION',
    default: '5s',
    help: 'how long one snapshot of it may take; a config file has poll_timeout for it',
    group: 'target',
    commands: reading,
  },
  load(
    'run',
    'CMD',
    'the load: a command for /bin/sh -c, run as the user of memgap; MEMGAP_CYCLE counts from 1. If it fails, so does the test',
  ),
  {
    name: 'mark',
    type: 'boolean',
    help: 'instead of --run: start the load by hand; Enter, or the name of the next phase (load, after), begins it; end, or the end of the input, ends the test',
    group: 'load',
    commands: ['loadtest'],
  },
  load('cycles', 'N', 'how many times the load is run; 3 tell steady growth from a warm-up, 5 growth in steps from one jump', '3'),
  load('settle', 'DURATION', 'how long the target rests before the first load and after each; with --mark it is you who waits', '10s'),
  load('mark-timeout', 'DURATION', 'with --mark: how long a mark is waited for; then the test has failed', '1d'),
  load('run-timeout', 'DURATION', 'how long one load may take; then it is ended, and the test has failed', '10m'),
  {
    name: 'no-gc',
    type: 'boolean',
    help: 'do not have the target collect its garbage (by pprof) before it is measured at rest',
    group: 'load',
    commands: ['loadtest'],
  },
  {
    ...load(
      'fail-if',
      'CONDITION',
      "exit status 3 if it holds: 'growth > 5MiB/cycle' (of RSS), 'growth c_malloc > 1MiB/cycle', 'leak'; may be given several times",
    ),
    multiple: true,
  },
  load('out', 'FILE', 'write the test as JSON to this file as well'),
  { ...record('output', 'FILE', 'where to write it; an older file of that name is replaced'), short: 'o' },
  record('polls', 'N', 'how many polls are recorded', '3'),
  record('interval', 'DURATION', 'how long from one poll to the next', '2s'),
  {
    name: 'anonymize',
    type: 'boolean',
    help: 'write stand-ins for all names: of programs, packages, functions, files, groups, hosts and pods; sizes, addresses in memory and times stay',
    group: 'record',
    commands: ['record'],
  },
  {
    name: 'web.listen-address',
    type: 'string',
    value: 'ADDRESS',
    default: ':9779',
    multiple: true,
    help: 'where to listen; may be given several times',
    group: 'web',
    commands: ['serve'],
  },
  {
    name: 'web.external-host',
    type: 'string',
    value: 'NAME',
    multiple: true,
    help: "a name under which people reach the pages (of a Service or an Ingress), besides IP addresses, localhost and this host's name; may be given several times. Metrics and probes answer under any",
    group: 'web',
    commands: ['serve'],
  },
  {
    name: 'web.telemetry-path',
    type: 'string',
    value: 'PATH',
    default: '/metrics',
    help: 'where the metrics are',
    group: 'web',
    commands: ['serve'],
  },
  {
    name: 'web.enable-lifecycle',
    type: 'boolean',
    help: 'let POST /-/reload reload the config file (SIGHUP always does)',
    group: 'web',
    commands: ['serve'],
  },
  {
    name: 'process.memory-reads',
    type: 'boolean',
    help: "let memgap read the target's memory, for Go's numbers where no endpoint answers and to tell C malloc from mmap; needs the same uid or CAP_SYS_PTRACE",
    group: 'read',
    commands: reading,
  },
  {
    name: 'process.no-environ',
    type: 'boolean',
    help: "do not read the target's environment, out of which GOMEMLIMIT and GOGC are taken where no Go source tells them, and nothing else",
    group: 'general',
    commands: reading,
  },
  {
    name: 'path.procfs',
    type: 'string',
    value: 'DIR',
    default: '/proc',
    help: 'where procfs is mounted',
    group: 'read',
    commands: reading,
  },
  {
    name: 'path.cgroupfs',
    type: 'string',
    value: 'DIR',
    default: '/sys/fs/cgroup',
    help: 'where the cgroup file system is mounted',
    group: 'read',
    commands: reading,
  },
  { name: 'json', type: 'boolean', help: 'print all of it as JSON, sizes in bytes', group: 'output', commands: once },
  {
    name: 'log.level',
    type: 'string',
    value: 'LEVEL',
    default: 'info',
    help: 'what is logged to standard error: debug, info, warn or error',
    group: 'output',
    commands: ['serve'],
  },
  { name: 'log.format', type: 'string', value: 'FORMAT', default: 'logfmt', help: 'logfmt or json', group: 'output', commands: ['serve'] },
  { ...inject('file', 'FILE', 'the manifest, with any number of documents; - is standard input'), short: 'f' },
  inject('container', 'NAME', 'the container to watch; default: the only one, or what an annotation says (docs/inject.md)'),
  inject('pprof', 'URL', 'where its net/http/pprof is, as seen in the pod: http://127.0.0.1:6060/debug/pprof'),
  inject('exe', 'NAME', "the executable that it runs; default: its command's, else what listens on the port of pprof"),
  inject('run-as', 'UID:GID', 'whom its image runs as (USER of the Dockerfile), where the manifest does not say'),
  inject('image', 'IMAGE', 'the image of memgap; default: memgap:VERSION, without a registry'),
  { ...inject('port', 'PORT', 'the port that memgap is to serve at'), default: '9779' },
  { ...inject('workload', '[KIND/]NAME', 'only this workload; may be given several times'), multiple: true },
  injectSwitch('no-native-sidecar', 'add a plain container, for clusters before Kubernetes 1.29'),
  injectSwitch('prometheus-annotations', 'add the annotations prometheus.io/scrape, port and path'),
  injectSwitch('undo', 'take out what memgap inject added, and only that'),
  { ...injectSwitch('in-place', 'write the file instead of printing'), short: 'i' },
  { name: 'help', short: 'h', type: 'boolean', help: 'show this help', group: 'output', commands: all },
  { name: 'version', type: 'boolean', help: 'show the version', group: 'output', commands: all },
];

function load(name: string, value: string, help: string, fallback?: string): Option {
  return { name, type: 'string', value, help, group: 'load', commands: ['loadtest'], ...(fallback !== undefined && { default: fallback }) };
}

function record(name: string, value: string, help: string, fallback?: string): Option {
  return { name, type: 'string', value, help, group: 'record', commands: ['record'], ...(fallback !== undefined && { default: fallback }) };
}

function target(name: string, value: string, help: string): Option {
  return { name: `target.${name}`, type: 'string', value, help, group: 'target', commands: reading };
}

function inject(name: string, value: string, help: string): Option {
  return { name, type: 'string', value, help, group: 'inject', commands: ['inject'] };
}

function injectSwitch(name: string, help: string): Option {
  return { name, type: 'boolean', help, group: 'inject', commands: ['inject'] };
}
