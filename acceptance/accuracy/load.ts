import { Agent, request } from 'node:http';

/** One request of a load. */
export interface Request {
  readonly path: string;
  readonly body?: string;
}

const workers = 4;

/** A load that is under way. */
export interface Load {
  /** Ends it; resolves with how many requests were answered when the last one is over. */
  stop(): Promise<number>;
}

/** Sends requests to a loopback address, four at a time, as fast as they are answered; `next` makes the nth one. */
export function startLoad(address: string, next: (count: number) => Request): Load {
  const [host, port] = address.split(':');
  const agent = new Agent({ keepAlive: true, maxSockets: workers });
  let stopped = false;
  let started = 0;
  let answered = 0;

  async function work(): Promise<void> {
    while (!stopped) {
      started += 1;
      if (await send(next(started))) answered += 1;
      else await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  function send({ path, body }: Request): Promise<boolean> {
    return new Promise((resolve) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      const method = body === undefined ? 'GET' : 'POST';
      const signal = AbortSignal.timeout(10_000);
      const options = { agent, host, port, path, method, signal, headers: { 'accept-encoding': 'gzip', ...headers } };
      request(options, (response) => {
        response.resume().once('end', () => resolve((response.statusCode ?? 500) < 300));
        response.once('error', () => resolve(false));
      })
        .once('error', () => resolve(false))
        .end(body);
    });
  }

  const running = Promise.all(Array.from({ length: workers }, work));
  return {
    stop: async () => {
      stopped = true;
      await running;
      agent.destroy();
      return answered;
    },
  };
}
