import { parseArguments } from '../../src/cli/arguments.ts';
import { injectRequest } from '../../src/cli/inject/inject-request.ts';
import type { Request } from '../../src/inject/request.ts';

/** What a command line of `memgap inject` asks for. */
export function requestOf(...flags: readonly string[]): Request {
  const args = parseArguments(['inject', '--image', 'memgap:0.1.0', ...flags]);
  const request = 'problem' in args ? args : injectRequest(args);
  if ('problem' in request) throw new Error(request.problem);
  return request;
}
