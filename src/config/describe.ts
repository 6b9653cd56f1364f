import type { Config, DiscoveryConfig, DiscoveryRule } from '../model/config.ts';
import type { Endpoint, ProcessSelector, TargetConfig } from '../model/target.ts';
import { formatDuration, parseDuration } from '../model/units.ts';
import { printable } from '../untrusted.ts';

/** What `memgap check-config` says of a good configuration, line by line: what is watched and how, without a secret. */
export function describeConfig({ pollInterval, pollTimeout, targets, discovery }: Config): readonly string[] {
  const count = targets.length === 1 ? '1 target' : `${targets.length} targets`;
  return [
    `OK: ${count}, poll_interval ${exactly(pollInterval)}, poll_timeout ${exactly(pollTimeout)}`,
    ...targets.map(describeTarget),
    ...(discovery === undefined ? [] : describeDiscovery(discovery)),
  ];
}

function describeDiscovery({ interval, maxTargets, rules, kubernetes }: DiscoveryConfig): readonly string[] {
  const api = kubernetes?.api === undefined ? 'the API server of the pod' : describeEndpoint(kubernetes.api);
  const names = kubernetes === undefined ? '' : `, names from ${api} for the node ${kubernetes.nodeName ?? 'that NODE_NAME tells'}`;
  return [`  discovery: every ${exactly(interval)}, at most ${maxTargets} processes${names}`, ...rules.map(describeRule)];
}

function describeRule({ exe, cgroup, port, go }: DiscoveryRule): string {
  const parts = [
    ...(exe === undefined ? [] : [`exe ${printable(exe)}`]),
    ...(cgroup === undefined ? [] : [`cgroup ${printable(cgroup)}`]),
    ...(port === undefined ? [] : [`port ${port}`]),
  ];
  const answers = Object.entries(go).map(([name, { scheme, port, path }]) => `, ${name} ${scheme} :${port}${printable(path)}`);
  return `    Go processes by ${parts.join(' and ')}${answers.join('')}`;
}

function describeTarget({ name, go: { pprof, expvar, metrics }, process }: TargetConfig): string {
  const parts = [
    ...(process === undefined ? [] : [`process by ${describeProcess(process)}`]),
    ...(pprof === undefined ? [] : [`pprof ${describeEndpoint(pprof)}`]),
    ...(expvar === undefined ? [] : [`expvar ${describeEndpoint(expvar)}`]),
    ...(metrics === undefined ? [] : [`metrics ${describeEndpoint(metrics)}`]),
  ];
  return `  ${printable(name)}: ${parts.join(', ')}`;
}

function describeProcess(process: ProcessSelector): string {
  switch (process.by) {
    case 'pid':
      return `pid ${process.pid}`;
    case 'exe':
      return `exe ${printable(process.exe)}`;
    case 'port':
      return `port ${process.port}`;
    case 'cgroup':
      return `cgroup ${printable(process.cgroup)}`;
  }
}

function describeEndpoint({ url, socketPath, basicAuth, authorization, tls }: Endpoint): string {
  const address = socketPath === undefined ? url : `unix:${socketPath}:${new URL(url).pathname}`;
  const notes = [
    ...(basicAuth === undefined ? [] : ['basic_auth']),
    ...(authorization === undefined ? [] : ['authorization']),
    ...(tls?.key === undefined ? [] : ['client certificate']),
    ...(tls?.insecureSkipVerify === true ? ['server certificate NOT checked'] : []),
  ];
  return `${printable(address)}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
}

/** In the largest units when they hold the whole of it, else in milliseconds: formatDuration rounds. */
function exactly(milliseconds: number): string {
  const text = formatDuration(milliseconds);
  return parseDuration(text) === milliseconds ? text : `${milliseconds}ms`;
}
