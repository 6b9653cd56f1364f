import type { GoNumbers } from '../../model/go.ts';
import { found, missing, type Reading } from '../../model/reading.ts';
import type { Source } from '../../model/source.ts';
import type { Endpoint } from '../../model/target.ts';
import { bytes } from '../../model/units.ts';
import { fetchBody } from '../../net/fetch-body.ts';
import { readEndpoint, type Scan } from '../../net/read-endpoint.ts';
import { printable } from '../../untrusted.ts';
import { isMemorySize, type MemStatsField, memStatsFields, memStatsOf, withoutGoNumbers } from './memstats-fields.ts';
import { tailRing } from './tail-ring.ts';

/**
 * Reads the MemStats block at the end of net/http/pprof's `heap?debug=1`; the endpoint is the pprof base. Stops the target's world for
 * microseconds, and the body grows with its profile (0.8 MB after 20 minutes of Prometheus). Never `gc=1` or `seconds=`: they change the
 * numbers.
 */
export const pprofHeap: Source<Endpoint, GoNumbers> = {
  name: 'pprof_heap',
  without: withoutGoNumbers,
  read(endpoint, signal, onTaken) {
    const scan = scanPprofHeap();
    const noticing: typeof scan = {
      add(chunk) {
        // ReadMemStats runs before the first byte is written (writeHeapInternal of runtime/pprof); the body takes 20 to 100 ms more
        onTaken?.();
        return scan.add(chunk);
      },
      end: scan.end,
    };
    return readEndpoint(endpoint, { path: '/heap?debug=1', accept: 'text/plain', signal }, noticing);
  },
};

/** The last block's MemStats and MaxRSS from a stream: `malformed` when there is no whole block at the very end. Holds its last 16 KiB. */
export function scanPprofHeap(): Scan<GoNumbers> {
  const ring = tailRing();
  return { add: ring.add, end: () => ring.finish(parseTail) };
}

/** At the start of a line: a function's name can hold the words, but no line break. */
const header = '\n# runtime.MemStats\n';

function parseTail(tail: Buffer): Reading<GoNumbers> {
  const start = tail.lastIndexOf(header);
  if (start === -1)
    return missing('malformed', "no '# runtime.MemStats' at the end: is this the base of net/http/pprof, as in /debug/pprof?");
  const lines = tail.toString('latin1', start + header.length).split('\n');
  if (lines.pop() !== '') return missing('malformed', 'the text ends within a line: it was cut off');

  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^# (\w+) = (.+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return missing('malformed', `a line that is no MemStats field: ${printable(line, 64)}`);
    if (fields.has(name)) return missing('malformed', `MemStats.${printable(name, 32)} stands there twice`);
    fields.set(name, value);
  }
  const stats = memStatsOf(numbersOf(fields));
  if (!stats.ok) return stats;
  const maxRss = integer(fields.get('MaxRSS')); // since Go 1.14; Number() alone takes 0x10, 1e3 and blanks
  return found({ memstats: stats.value, ...(isMemorySize(maxRss) && maxRss > 0 ? { maxRss: bytes(maxRss) } : {}) });
}

/** The text says `# Stack = inuse / sys`, and so for two more. */
const pairs: ReadonlyMap<string, readonly string[]> = new Map([
  ['Stack', ['StackInuse', 'StackSys']],
  ['MSpan', ['MSpanInuse', 'MSpanSys']],
  ['MCache', ['MCacheInuse', 'MCacheSys']],
]);

function numbersOf(fields: ReadonlyMap<string, string>): Map<MemStatsField, number> {
  const numbers = new Map<MemStatsField, number>();
  for (const [name, text] of fields) {
    const names = pairs.get(name) ?? [name];
    const parts = names.length === 1 ? [text] : text.split(' / ');
    for (const field of memStatsFields) {
      const index = names.indexOf(field);
      if (index !== -1) numbers.set(field, integer(parts.length === names.length ? parts[index] : undefined));
    }
  }
  return numbers;
}

/** NaN for text that is none, which memStatsOf refuses by name. */
function integer(text: string | undefined): number {
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
}

/**
 * Has the target collect its garbage before its heap profile (`gc=1` of net/http/pprof), and throws the profile away. No source does that:
 * it changes what is measured. For a load test, whose floors are to be what lives. Resolves when the collection is over.
 */
export async function collectGarbage(endpoint: Endpoint, signal: AbortSignal): Promise<Reading<unknown>> {
  return fetchBody(endpoint, '/heap?gc=1', { accept: 'application/octet-stream', signal, onChunk: () => true });
}
