import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Metrics, metricsOf } from '../e2e/memgap.ts';
import type { Container } from './bundle.ts';
import { type Running, start } from './crun.ts';
import type { Host } from './host.ts';

/** Where memgap serves in every container of these tests. */
const port = 9779;

const containerfile = readFileSync(join(import.meta.dirname, '../../Dockerfile'), 'utf8');

/** What the image starts: the ENTRYPOINT of the Dockerfile, which its test holds against the root that is made here. */
export const entrypoint: readonly string[] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(containerfile)?.[1] ?? '[]');

/** The environment that the image sets. */
export const environment: readonly string[] = /^ENV (.*)$/m.exec(containerfile)?.[1]?.split(' ') ?? [];

/** memgap in a container beside another one, and its pages. */
export interface Sidecar extends Running {
  metrics(): Promise<Metrics>;
  get(path: string): Promise<string>;
}

/** Starts `memgap serve` in the network namespace of `netOf`. */
export async function startSidecar(host: Host, container: Omit<Container, 'args' | 'env'>, flags: readonly string[]): Promise<Sidecar> {
  const running = await start(host, { ...container, args: [...entrypoint, 'serve', ...flags], env: environment });
  const get = (path: string) => host.get(`http://127.0.0.1:${port}${path}`, running.pid);
  return { ...running, get, metrics: async () => metricsOf(await get('/metrics')) };
}
