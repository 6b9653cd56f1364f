import { Agent, get } from 'node:http';

/** One answer over a kept connection: its body as it came (compressed or not), and the milliseconds to its end. */
export interface Timed {
  readonly status: number;
  readonly body: Buffer;
  readonly wall: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** GETs a loopback URL. Rejects when nothing answers. */
export function timedGet(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Timed> {
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces), wall: performance.now() - begin });
      });
    });
    request.on('error', reject);
  });
}
