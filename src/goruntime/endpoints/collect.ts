import type { Reading } from '../../model/reading.ts';
import type { Endpoint } from '../../model/target.ts';
import { fetchBody } from '../../net/fetch-body.ts';

/**
 * Has the target collect its garbage before its heap profile (`gc=1` of net/http/pprof), and throws the profile away. No source does that: it
 * changes what is measured. For a load test, whose floors are to be what lives. Resolves when the collection is over.
 */
export async function collectGarbage(endpoint: Endpoint, signal: AbortSignal): Promise<Reading<unknown>> {
  return fetchBody(endpoint, '/heap?gc=1', { accept: 'application/octet-stream', signal, onChunk: () => true });
}
