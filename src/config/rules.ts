import type { CheckedPortEndpoint } from './discovery.ts';
import type { CheckedEndpoint } from './endpoint.ts';
import type { Fault } from './faults.ts';
import type { Path } from './path.ts';
import type { CheckedDocument, CheckedTarget } from './schema.ts';

/** What no single field can tell: rules between fields. */
export function brokenRules(document: CheckedDocument): Fault[] {
  const faults: Fault[] = [];
  if (document.poll_timeout !== undefined && document.poll_timeout > document.poll_interval) {
    faults.push({ path: ['poll_timeout'], message: 'expected at most poll_interval: a poll must end before the next begins' });
  }
  const firstOf = new Map<string, number>();
  for (const [index, target] of (document.targets ?? []).entries()) {
    const path = ['targets', index];
    const first = firstOf.get(target.name);
    if (first === undefined) firstOf.set(target.name, index);
    else faults.push({ path: [...path, 'name'], message: `expected a name of its own, got the one of targets[${first}]` });

    faults.push(...uselessTls(target, path));
  }
  for (const [path, endpoint] of discoveryEndpoints(document)) {
    const isUsed = 'url' in endpoint ? isHttps(endpoint) : endpoint.scheme === 'https';
    if (endpoint.tls_config !== undefined && !isUsed) {
      faults.push({ path: [...path, 'tls_config'], message: 'never used, for this is not https: use https, or remove this' });
    }
  }
  return faults;
}

/** The endpoints that only a discovery has, and where they stand. */
export function discoveryEndpoints({ discovery }: CheckedDocument): (readonly [Path, CheckedEndpoint | CheckedPortEndpoint])[] {
  const api = discovery?.kubernetes?.api;
  const found: (readonly [Path, CheckedEndpoint | CheckedPortEndpoint])[] = api ? [[['discovery', 'kubernetes', 'api'], api]] : [];
  for (const [index, { go = {} }] of (discovery?.rules ?? []).entries()) {
    for (const [name, endpoint] of Object.entries(go)) if (endpoint) found.push([['discovery', 'rules', index, 'go', name], endpoint]);
  }
  return found;
}

/** TLS settings that would never be used: a person who wrote them believes that the connection is safe. */
function uselessTls(target: CheckedTarget, path: Path): Fault[] {
  const faults: Fault[] = [];
  for (const [name, endpoint] of endpoints(target)) {
    if (endpoint.tls_config === undefined || isHttps(endpoint)) continue;
    faults.push({
      path: [...path, 'go', name, 'tls_config'],
      message: 'never used, for the URL is not https: use an https URL, or remove this',
    });
  }
  const isUsed = endpoints(target).some(([, endpoint]) => endpoint.tls_config === undefined && isHttps(endpoint));
  if (target.tls_config !== undefined && !isUsed) {
    faults.push({
      path: [...path, 'tls_config'],
      message: 'never used, for no https URL of this target needs it: use an https URL, or remove this',
    });
  }
  return faults;
}

function isHttps({ url }: CheckedEndpoint): boolean {
  return url.url.startsWith('https:');
}

/** The endpoints of a target by the name of their field. */
export function endpoints({ go = {} }: CheckedTarget): (readonly [string, CheckedEndpoint])[] {
  const given: (readonly [string, CheckedEndpoint | undefined])[] = [
    ['pprof', go.pprof],
    ['expvar', go.expvar],
    ['metrics', go.metrics],
  ];
  return given.flatMap(([name, endpoint]) => (endpoint === undefined ? [] : [[name, endpoint] as const]));
}
