import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoint } from '../../src/model/target.ts';
import { bytes } from '../../src/model/units.ts';
import { closeEndpoint } from '../../src/net/connections.ts';

/** A server of this test on loopback; it and its connections go with the test. */
export interface Loopback {
  readonly url: string;
  readonly port: number;
  /** An endpoint of it, closed with the test. */
  endpoint(more?: Partial<Endpoint>): Endpoint;
}

/** Serves HTTP. */
export async function serve(t: TestContext, listener: RequestListener): Promise<Loopback> {
  return started(t, createServer(listener), 'http');
}

/** Serves whatever the listener writes to a bare socket. */
export async function serveRaw(t: TestContext, listener: (socket: Socket) => void): Promise<Loopback> {
  return started(t, createTcpServer(listener), 'http');
}

/** Starts a server that the test made, on a free port of loopback. */
export async function started(t: TestContext, server: Server, scheme: 'http' | 'https'): Promise<Loopback> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `${scheme}://127.0.0.1:${port}`;
  return { url, port, endpoint: (more) => endpointOf(t, url, more) };
}

/** An endpoint, closed with the test. */
export function endpointOf(t: TestContext, url: string, more: Partial<Endpoint> = {}): Endpoint {
  const endpoint = { url, bodySizeLimit: bytes(64 * 1024 * 1024), ...more };
  t.after(() => closeEndpoint(endpoint));
  return endpoint;
}

const listener = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port) })`;

/** The port of a server that is stopped, and whose queue of connections (listen(2)) is full: who connects waits for ever. */
export async function fullBacklog(t: TestContext): Promise<number> {
  const child = spawn(process.execPath, ['-e', listener], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [said] = await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  const port = Number(String(said));
  const sockets: Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (let isFull = false; !isFull; ) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    sockets.push(socket);
    isFull = !(await Promise.race([once(socket, 'connect').then(() => true), sleep(200, false)]));
  }
  return port;
}
