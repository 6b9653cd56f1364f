// A program of its own that answers as a Go program's net/http/pprof does, with heap profiles of chosen sizes: what memgap polls in the
// bench. `/SIZE/INSTANCE/TARGET/debug/pprof`: SIZE is one of `sizes`, the other two only tell polls apart. `/intervals/INSTANCE` lists the
// milliseconds between two polls of the same target since it was asked last. Prints "ready PORT".
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

/** Bytes of a heap profile, by the path that asks for it. */
const sizes: Readonly<Record<string, number>> = { '64kB': 64 * 1024, '2MB': 2 * 1024 ** 2, '50MB': 50 * 1024 ** 2 };

const fixtures = new URL('../test/fixtures/go/prometheus_2.42/', import.meta.url);
const recorded = readFileSync(fileURLToPath(new URL('heap_debug1.after_load.txt', fixtures)), 'latin1');
const index = readFileSync(fileURLToPath(new URL('pprof_index.html', fixtures)));
const end = recorded.indexOf('\n# runtime.MemStats');
const [first = ''] = recorded.split('\n', 1);
const records = recorded.slice(first.length + 1, end);
const tail = recorded.slice(end);

const bodies = new Map(Object.entries(sizes).map(([name, size]) => [name, bodyOf(size)]));
const lastPoll = new Map<string, number>();
const intervals = new Map<string, number[]>();

/** A recorded profile, its records repeated up to a size; without the tail, which is made anew for each answer. */
function bodyOf(size: number): Buffer {
  const rest = Math.max(0, size - first.length - 1 - tail.length);
  return Buffer.from(`${first}\n${records.repeat(Math.ceil(rest / records.length)).slice(-rest)}`, 'latin1');
}

/** Its own MaxRSS, for memgap compares that with the process's VmHWM. */
function ownTail(): Buffer {
  return Buffer.from(tail.replace(/^# MaxRSS = \d+$/m, `# MaxRSS = ${process.resourceUsage().maxRSS * 1024}`), 'latin1');
}

/** memgap reads the index page once a poll. */
function noteIndex(instance: string, target: string): void {
  const now = performance.now();
  const key = `${instance}/${target}`;
  const last = lastPoll.get(key);
  lastPoll.set(key, now);
  if (last === undefined) return;
  const list = intervals.get(instance) ?? [];
  intervals.set(instance, list);
  list.push(now - last);
}

const server = createServer((request, response) => {
  const [, size = '', instance = '', target = '', ...rest] = (request.url ?? '').split('/');
  const body = bodies.get(size);
  const page = rest.join('/');
  if (size === 'intervals') {
    response.end(JSON.stringify(intervals.get(instance) ?? []));
    intervals.delete(instance);
  } else if (body === undefined) {
    response.writeHead(404).end();
  } else if (page === 'debug/pprof/heap?debug=1') {
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    response.write(body);
    response.end(ownTail());
  } else {
    noteIndex(instance, target);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(index);
  }
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') console.log(`ready ${address.port}`);
});
