import type { RequestListener } from 'node:http';
import type { TestContext } from 'node:test';
import type { GoEndpoints } from '../../src/model/target.ts';
import { sample } from '../goruntime/endpoints/samples.ts';
import { serve } from '../net/loopback.ts';

/** The pages of Go that memgap asks for, recorded from real programs. */
export const goPages = {
  expvar: sample('lab-1.27-pure/vars.json'),
  metrics: sample('caddy_2.11/metrics.txt'),
  heap: sample('lab-1.27-pure/heap_debug1.txt'),
  index: sample('lab-1.27-pure/pprof_index.html'),
} as const;

/** One of them. */
type GoPage = keyof typeof goPages;

/** A server of all three Go endpoints, whose answers a test changes while it runs. */
export interface GoServer {
  readonly port: number;
  readonly endpoints: Required<GoEndpoints>;
  /** The pages that were asked for since the last look, in their order. */
  asked(): readonly GoPage[];
  /** Answers in place of the recorded page; `undefined` puts that back. */
  answer(page: GoPage, listener: RequestListener | undefined): void;
}

const pages: Readonly<Record<string, GoPage>> = {
  '/debug/vars': 'expvar',
  '/metrics': 'metrics',
  '/debug/pprof/heap?debug=1': 'heap',
  '/debug/pprof/': 'index',
};

/** Starts one for as long as the test runs; every page answers as it was recorded. */
export async function goServer(t: TestContext): Promise<GoServer> {
  const answers = new Map<GoPage, RequestListener>();
  let asked: GoPage[] = [];
  const server = await serve(t, (request, response) => {
    const page = pages[request.url ?? ''];
    if (page === undefined) return response.writeHead(404).end();
    asked.push(page);
    const listener = answers.get(page);
    return listener === undefined ? response.end(goPages[page]) : listener(request, response);
  });
  return {
    port: server.port,
    endpoints: {
      expvar: server.endpoint({ url: `${server.url}/debug/vars` }),
      metrics: server.endpoint({ url: `${server.url}/metrics` }),
      pprof: server.endpoint({ url: `${server.url}/debug/pprof` }),
    },
    asked() {
      const seen = asked;
      asked = [];
      return seen;
    },
    answer(page, listener) {
      if (listener === undefined) answers.delete(page);
      else answers.set(page, listener);
    },
  };
}

/** Answers 404, as a program without that page does. */
export const notFound: RequestListener = (_, response) => void response.writeHead(404).end();

/** Never answers; the connection stands open. */
export const hangs: RequestListener = () => {};
