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
  readonly group: 'inject' | 'target' | 'load' | 'web' | 'general' | 'output' | 'path';
  readonly commands: readonly CommandName[];
}

/** The commands by name. */
export type CommandName = 'serve' | 'explain' | 'doctor' | 'inject' | 'loadtest' | 'check-config';

/** The commands, as `memgap --help` lists them. */
export const commands = {
  serve: { usage: 'memgap [serve] [flags]', summary: 'run the exporter: poll the targets, serve /metrics and /explain (the default)' },
  explain: {
    usage: 'memgap explain [PID | URL | NAME] [flags]',
    summary: 'take one snapshot and show where the memory is; without a target: of the only Go program in sight',
  },
  doctor: {
    usage: 'memgap doctor [PID | URL | NAME] [flags]',
    summary: 'say what can be read here, what not and why, and which lines mend it',
  },
  inject: {
    usage: 'memgap inject -f FILE [flags]',
    summary: "add memgap as a sidecar to a workload's manifest (YAML or JSON), and print it; what was done goes to standard error",
  },
  loadtest: {
    usage: 'memgap loadtest [PID | URL | NAME] (--run CMD | --mark) [flags]',
    summary: 'repeat a load and say what came back, what is kept for reuse, and what grew: leak or plateau, by component',
  },
  'check-config': { usage: 'memgap check-config FILE', summary: 'say whether a config file is right, and what is wrong with it' },
} satisfies Record<CommandName, { usage: string; summary: string }>;

const reading = ['serve', 'explain', 'doctor', 'loadtest'] as const;
const once = ['explain', 'doctor', 'loadtest'] as const;
const all = ['serve', 'explain', 'doctor', 'inject', 'loadtest', 'check-config'] as const;

/** Every flag of every command, spelled as the Prometheus exporters spell theirs. */
export const options: readonly Option[] = [
  {
    name: 'config.file',
    type: 'string',
    value: 'FILE',
    help: 'read the targets from this YAML file instead of from flags (docs/configuration.md)',
    group: 'general',
    commands: reading,
  },
  target('name', 'NAME', "the target's name: its label in every metric"),
  target('pprof', 'URL', 'where net/http/pprof is: http://127.0.0.1:6060/debug/pprof, or unix:/run/op.sock:/debug/pprof'),
  target('expvar', 'URL', 'where expvar is: http://127.0.0.1:6060/debug/vars (the cheapest source)'),
  target('metrics', 'URL', "the target's own /metrics, with go_memstats_*"),
  target('pid', 'PID', 'the process, by pid'),
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
    help: 'how often a target without a config file is read',
    group: 'general',
    commands: ['serve'],
  },
  {
    name: 'poll.timeout',
    type: 'string',
    value: 'DURATION',
    default: '5s',
    help: 'how long one snapshot of it may take',
    group: 'general',
    commands: reading,
  },
  load('run', 'CMD', 'the load, run by /bin/sh -c as the user of memgap; MEMGAP_CYCLE is its number; that it fails fails the test'),
  {
    name: 'mark',
    type: 'boolean',
    help: 'no command: Enter on standard input, or the name of the phase, begins the next one',
    group: 'load',
    commands: ['loadtest'],
  },
  load('cycles', 'N', 'how often the load is repeated; a line is told from a warm-up by 3', '3'),
  load('settle', 'DURATION', 'how long the target rests before the first load and after each', '10s'),
  load('run-timeout', 'DURATION', 'how long one load may take; then it is ended, and the test has failed', '10m'),
  {
    name: 'no-gc',
    type: 'boolean',
    help: 'leave the target its garbage: else it collects, by pprof, before each floor',
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
  load('out', 'FILE', 'write the JSON of the test here as well'),
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
    help: "read the target's memory: Go's numbers where no endpoint answers, C malloc told from mmap (same uid, or CAP_SYS_PTRACE)",
    group: 'general',
    commands: reading,
  },
  {
    name: 'path.procfs',
    type: 'string',
    value: 'DIR',
    default: '/proc',
    help: 'where procfs is mounted',
    group: 'path',
    commands: reading,
  },
  {
    name: 'path.cgroupfs',
    type: 'string',
    value: 'DIR',
    default: '/sys/fs/cgroup',
    help: 'where the cgroup file system is mounted',
    group: 'path',
    commands: reading,
  },
  { name: 'json', type: 'boolean', help: 'print all of it as JSON, sizes in bytes', group: 'output', commands: once },
  {
    name: 'log.level',
    type: 'string',
    value: 'LEVEL',
    default: 'info',
    help: 'debug, info, warn or error',
    group: 'output',
    commands: ['serve'],
  },
  { name: 'log.format', type: 'string', value: 'FORMAT', default: 'logfmt', help: 'logfmt or json', group: 'output', commands: ['serve'] },
  { ...inject('file', 'FILE', 'the manifest, of any number of documents; - is standard input'), short: 'f' },
  inject('container', 'NAME', 'the container to watch; default: the only one, or what an annotation says (docs/inject.md)'),
  inject('pprof', 'URL', 'where its net/http/pprof is, as seen in the pod: http://127.0.0.1:6060/debug/pprof'),
  inject('exe', 'NAME', "the executable that it runs; default: its command's, else what listens on the port of pprof"),
  inject('run-as', 'UID:GID', 'what its image runs as (USER of the Dockerfile), where the manifest does not say'),
  inject('image', 'IMAGE', 'the image of memgap; default: memgap:VERSION, of no registry'),
  { ...inject('port', 'PORT', 'the port that memgap is to serve at'), default: '9779' },
  { ...inject('workload', '[KIND/]NAME', 'only this workload; may be given several times'), multiple: true },
  injectSwitch('no-native-sidecar', 'add a plain container, for clusters before Kubernetes 1.29'),
  injectSwitch('prometheus-annotations', 'add the annotations prometheus.io/scrape, port and path'),
  injectSwitch('undo', 'take out what memgap inject added, and only that'),
  { ...injectSwitch('in-place', 'write the file instead of printing'), short: 'i' },
  { name: 'help', type: 'boolean', help: 'show this help', group: 'output', commands: all },
  { name: 'version', type: 'boolean', help: 'show the version', group: 'output', commands: all },
];

function load(name: string, value: string, help: string, fallback?: string): Option {
  return { name, type: 'string', value, help, group: 'load', commands: ['loadtest'], ...(fallback !== undefined && { default: fallback }) };
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
