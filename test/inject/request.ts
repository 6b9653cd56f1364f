import { parseArguments } from '../../src/cli/arguments.ts';
import { injectRequest } from '../../src/cli/inject/inject-request.ts';
import type { InjectRequest } from '../../src/inject/request.ts';

/** What a command line of `memgap inject` asks for. */
export function requestOf(...flags: readonly string[]): InjectRequest {
  const args = parseArguments(['inject', '--image', 'memgap:0.1.0', ...flags]);
  const request = 'message' in args ? args : injectRequest(args);
  if ('message' in request) throw new Error(request.message);
  return request;
}
