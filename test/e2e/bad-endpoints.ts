import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { freePort } from '../../scripts/child.ts';
import type { Missing } from '../../src/model/reading.ts';
import { serve, serveRaw } from '../net/loopback.ts';
import { goPages } from '../poll/go-server.ts';

/** A Go endpoint that is bad in one way, served for as long as the test runs. */
export interface BadEndpoint {
  /** A name that fits a target. */
  readonly name: string;
  readonly kind: 'expvar' | 'metrics' | 'pprof';
  /** The source that reads it. */
  readonly source: 'expvar' | 'metrics' | 'pprof_heap';
  readonly url: string;
  readonly reason: Missing;
  readonly detail: RegExp;
}

/** How an answer is bad: what the page would have been, and what is done instead. */
interface Way {
  readonly reason: Missing;
  readonly detail: RegExp;
  answer(response: ServerResponse, page: string): void;
}

const sources = { expvar: 'expvar', metrics: 'metrics', pprof: 'pprof_heap' } as const;
const kinds = ['expvar', 'metrics', 'pprof'] as const;
type Kind = (typeof kinds)[number];

const pages: Readonly<Record<Kind, string>> = { expvar: goPages.expvar, metrics: goPages.metrics, pprof: goPages.heap };

/** Whatever page was asked for. */
const anyPage: Readonly<Record<string, Way>> = {
  'closes at once': {
    reason: 'unreachable',
    detail: /closed the connection|ECONNRESET/,
    answer: (response) => void response.socket?.destroy(),
  },
  'resets halfway': {
    reason: 'unreachable',
    detail: /ECONNRESET|closed/,
    answer: (response, page) => response.write(page.slice(0, 1000), () => response.socket?.resetAndDestroy()),
  },
  'shorter than it says': {
    reason: 'unreachable',
    detail: /after \d+ B of the body|closed/,
    answer: (response) => response.writeHead(200, { 'content-length': '5000' }).write('{"memstats": {', () => response.socket?.end()),
  },
  401: { reason: 'unauthorized', detail: /HTTP 401; set basic_auth or authorization/, answer: status(401) },
  403: { reason: 'unauthorized', detail: /HTTP 403/, answer: status(403) },
  404: { reason: 'not-found', detail: /HTTP 404; check the path/, answer: status(404) },
  500: { reason: 'unreachable', detail: /HTTP 500/, answer: status(500) },
  redirect: {
    reason: 'unsupported',
    detail: /HTTP 302 to .*\/login; redirects are not followed/,
    answer: (response) => response.writeHead(302, { location: '/login?token=hunter2' }).end(),
  },
  gzip: {
    reason: 'unsupported',
    detail: /compressed \(gzip\)/,
    answer: (response, page) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(page)),
  },
  'endless head': {
    reason: 'too-large',
    detail: /UND_ERR_HEADERS_OVERFLOW/,
    answer: (response, page) => response.writeHead(200, { 'x-long': 'x'.repeat(100_000) }).end(page),
  },
};

/** One page, bad in its own way. */
const onePage: Readonly<Record<Kind, Readonly<Record<string, Way>>>> = {
  expvar: {
    html: text('malformed', /text\/html/, () => '<!DOCTYPE html><html><body>Sign in</body></html>', 'text/html'),
    empty: text('malformed', /./, () => ''),
    truncated: text('malformed', /./, (page) => page.slice(0, page.indexOf('"HeapSys"') + 12)),
    'beyond 2^53': text('malformed', /MemStats\.Sys is .*: not a count of bytes/, (page) =>
      page.replace(/"Sys":\d+/, '"Sys":9007199254740993'),
    ),
    negative: text('malformed', /MemStats\.HeapAlloc is -1/, (page) => page.replace(/"HeapAlloc":\d+/, '"HeapAlloc":-1')),
    'twice a field': text('malformed', /MemStats\.Sys stands there twice/, (page) => page.replace(/"Sys":\d+/, '$&,"Sys":1')),
    'without a field': text('malformed', /MemStats lack StackSys/, (page) => page.replace(/"StackSys":\d+,/, '')),
    'does not add up': text('malformed', /do not add up/, (page) => page.replace(/"Sys":\d+/, '"Sys":1234567')),
    'without memstats': text('unsupported', /no "memstats"/, () => '{"cmdline": ["--password=hunter2"]}'),
    'of another type': text('malformed', /./, () => '{"memstats": "\u001b[31m<script>"}'),
  },
  metrics: {
    html: text('malformed', /text\/html/, () => '<!DOCTYPE html>\n<html><body>Sign in</body></html>\n', 'text/html'),
    empty: text('unsupported', /no go_memstats_\*/, () => ''),
    truncated: text('unsupported', /./, (page) => page.slice(0, page.indexOf('go_memstats_heap_sys_bytes'))),
    'beyond 2^53': text('malformed', /MemStats\.Sys is/, (page) =>
      page.replace(/^go_memstats_sys_bytes .*/m, 'go_memstats_sys_bytes 1e+60'),
    ),
    negative: text('malformed', /MemStats\.Sys is -1/, (page) => page.replace(/^go_memstats_sys_bytes .*/m, 'go_memstats_sys_bytes -1')),
    'not a number': text('malformed', /go_memstats_sys_bytes is no number: NaN/, (page) =>
      page.replace(/^go_memstats_sys_bytes .*/m, 'go_memstats_sys_bytes NaN'),
    ),
    'twice a field': text('malformed', /./, (page) => page.replace(/^go_memstats_sys_bytes .*/m, '$&\ngo_memstats_sys_bytes 1')),
    'without a field': text('unsupported', /go_memstats_stack_sys_bytes/, (page) => page.replace(/^go_memstats_stack_sys_bytes .*\n/m, '')),
  },
  pprof: {
    html: text('malformed', /no '# runtime\.MemStats' at the end/, () => '<!DOCTYPE html><html><body>Sign in</body></html>', 'text/html'),
    empty: text('malformed', /./, () => ''),
    truncated: text('malformed', /cut off|lack/, (page) => page.slice(0, page.indexOf('# HeapReleased') + 5)),
    'beyond 2^53': text('malformed', /MemStats\.Sys is/, (page) => page.replace(/^# Sys = .*/m, '# Sys = 9007199254740993')),
    negative: text('malformed', /MemStats\.Sys is -5/, (page) => page.replace(/^# Sys = .*/m, '# Sys = -5')),
    'twice a field': text('malformed', /MemStats\.Sys stands there twice/, (page) => page.replace(/^# Sys = .*/m, '$&\n# Sys = 1')),
    'without a field': text('malformed', /MemStats lack HeapIdle/, (page) => page.replace(/^# HeapIdle = .*\n/m, '')),
    'text in a symbol, and no block': text(
      'malformed',
      /no '# runtime\.MemStats' at the end/,
      (page) => `${page.slice(0, page.indexOf('# runtime.MemStats'))}#\t0x1\tevil # runtime.MemStats # Sys = 1+0x1\tx.go:1\n`,
    ),
  },
};

/** Ways that take time or bytes. */
const slowWays: Readonly<Record<string, Way>> = {
  'hangs before the headers': { reason: 'timeout', detail: /before the deadline: it passed before the headers came/, answer: () => {} },
  'hangs inside the body': {
    reason: 'timeout',
    detail: /before the deadline: it passed after \d+.* of the body/,
    answer: (response, page) => response.write(page.slice(0, 700)),
  },
  'drips for ever': {
    reason: 'timeout',
    detail: /before the deadline/,
    answer: (response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    },
  },
  'a body of 1 GB': { reason: 'too-large', detail: /the body is longer than 1\.00 MiB; raise body_size_limit/, answer: gigabyte },
  'says that it has 1 GB': {
    reason: 'too-large',
    detail: /the body is longer than 1\.00 MiB/,
    answer: (response) => response.writeHead(200, { 'content-length': String(1024 ** 3) }).write('x'),
  },
};

/** Endpoints whose failure comes at once, each way to be bad there is. */
export async function badEndpoints(t: TestContext): Promise<readonly BadEndpoint[]> {
  const dead = await freePort();
  const noHttp = await serveRaw(t, (socket: Socket) => void socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.2\r\n')));
  return [
    ...kinds.map((kind) => made(kind, 'refused', `http://127.0.0.1:${dead}`, { reason: 'unreachable', detail: /nobody listens there/ })),
    ...kinds.map((kind) => made(kind, 'no HTTP', noHttp.url, { reason: 'malformed', detail: /not HTTP\/1\.1/ })),
    ...(await served(t, anyPage, kinds)),
    ...(await Promise.all(kinds.map((kind) => served(t, onePage[kind], [kind])))).flat(),
  ];
}

/** Endpoints that hang until the deadline, or send more than 1 MiB. */
export function slowEndpoints(t: TestContext): Promise<readonly BadEndpoint[]> {
  return served(t, slowWays, kinds);
}

async function served(t: TestContext, ways: Readonly<Record<string, Way>>, of: readonly Kind[]): Promise<readonly BadEndpoint[]> {
  const list = Object.entries(ways).flatMap(([name, way]) => of.map((kind) => ({ name, way, kind })));
  const server = await serve(t, ({ url = '' }, response) => {
    const asked = list[Number(/^\/(\d+)\//.exec(url)?.[1])];
    if (asked === undefined) response.writeHead(404).end();
    else asked.way.answer(response, pages[asked.kind]);
  });
  return list.map(({ name, way, kind }, index) => made(kind, name, `${server.url}/${index}`, way));
}

function made(kind: Kind, name: string, base: string, { reason, detail }: Pick<Way, 'reason' | 'detail'>): BadEndpoint {
  const path = { expvar: '/debug/vars', metrics: '/metrics', pprof: '/debug/pprof' }[kind];
  return { name: `${kind}: ${name}`, kind, source: sources[kind], url: base + path, reason, detail };
}

function status(code: number): Way['answer'] {
  return (response, page) => response.writeHead(code).end(page);
}

function text(reason: Missing, detail: RegExp, change: (page: string) => string, type = 'text/plain'): Way {
  return { reason, detail, answer: (response, page) => response.writeHead(200, { 'content-type': type }).end(change(page)) };
}

/** As fast as the reader takes it. */
function gigabyte(response: ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  let left = 1024 ** 3;
  function send(): void {
    while (left > 0 && !response.destroyed) {
      left -= chunk.length;
      if (!response.write(chunk)) return void response.once('drain', send);
    }
    response.end();
  }
  send();
}
