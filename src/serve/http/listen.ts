import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { redactAddress } from '../../config/endpoint-address.ts';
import type { Problem } from '../../model/problem.ts';
import { printable } from '../../untrusted.ts';

/** Where to listen. Without a host: on every address of the machine, IPv6 and IPv4. */
export interface ListenAddress {
  readonly host: string | undefined;
  readonly port: number;
}

const pattern = /^(?:\[([0-9a-fA-F:.%a-z]+)\]|([^:[\]/@\s]*)):(\d{1,5})$/;

/** `--web.listen-address`, as Prometheus spells it: `:9779`, `127.0.0.1:9779`, `[::1]:9779`, `localhost:9779`; else `undefined`. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, bracketed, plain, digits] = pattern.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return undefined;
  return { host: bracketed ?? (plain || undefined), port };
}

/** All of them, or what is wrong with the first that is none, as one line that names the flag. */
export function parseListenAddresses(texts: readonly string[]): readonly ListenAddress[] | Problem {
  const addresses: ListenAddress[] = [];
  for (const text of texts) {
    const address = parseListenAddress(text);
    if (address === undefined) {
      return { message: `--web.listen-address: expected HOST:PORT, [IPV6]:PORT or :PORT, got "${printable(redactAddress(text), 128)}"` };
    }
    addresses.push(address);
  }
  return addresses;
}

/** An address as a person writes it. */
function listenAddressText({ host = '', port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A server that listens. */
export interface Listening {
  /** Where, with the real port: `[::]:9779`. */
  readonly addresses: readonly string[];
  /**
   * Takes no new connection, lets the requests under way end for `grace` milliseconds, then cuts them off: what takes a second waits for
   * its client.
   */
  close(grace?: number): Promise<void>;
}

/** A server that listens, or one line for a person: what is wrong, and what to do. */
type ListenResult = { readonly ok: true; readonly value: Listening } | { readonly ok: false; readonly problem: string };

/** Listens on every address (`--web.listen-address`), or on none: at the first that fails, those before it are closed again. */
export async function listen(app: FastifyInstance, addresses: readonly ListenAddress[]): Promise<ListenResult> {
  await app.ready();
  const servers: Server[] = [];
  for (const address of addresses) {
    const server = servers.length === 0 ? app.server : doorTo(app);
    const problem = await bind(server, address);
    if (problem !== undefined) {
      await closeAll(app, servers, 0);
      return { ok: false, problem: `cannot listen on ${printable(listenAddressText(address), 128)}: ${problem}` };
    }
    servers.push(server);
  }
  return { ok: true, value: { addresses: servers.map(addressOf), close: (grace = 1000) => closeAll(app, servers, grace) } };
}

/**
 * One more address for the same HTTP server: node:http documents that connections may be handed to it by its 'connection' event, and it
 * tracks them like its own (timeouts, idle connections at the end), and so does the one admission of connections.ts.
 */
function doorTo({ server }: FastifyInstance): Server {
  return createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void server.emit('connection', socket));
}

async function bind(server: Server, { host, port }: ListenAddress): Promise<string | undefined> {
  // without a host node takes `::` for IPv6 and IPv4, or 0.0.0.0 where the machine has no IPv6
  server.listen({ port, ...(host !== undefined && { host }) });
  try {
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return problemOf(error);
  }
}

const problems: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; see who listens there with `ss -ltnp`, or choose another with --web.listen-address',
  EACCES: 'this needs a right that memgap does not have; choose a port above 1023 with --web.listen-address',
  EADDRNOTAVAIL: 'this machine has no such address; choose one of `ip address` with --web.listen-address',
  EAFNOSUPPORT: 'this machine has no address of that family (IPv6?); choose another with --web.listen-address',
  ENOTFOUND: 'there is no host of that name; check --web.listen-address',
  EAI_AGAIN: 'the name of the host could not be resolved; use an IP address in --web.listen-address',
};

function problemOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return problems[code] ?? code;
}

function addressOf(server: Server): string {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') return bound ?? '';
  return listenAddressText({ host: bound.address, port: bound.port });
}

async function closeAll(app: FastifyInstance, servers: readonly Server[], grace: number): Promise<void> {
  const cutOff = setTimeout(() => app.server.closeAllConnections(), grace);
  const doors = servers.filter((server) => server !== app.server).map(closed);
  await Promise.all([app.close(), ...doors]);
  clearTimeout(cutOff);
}

async function closed(server: Server): Promise<void> {
  await once(server.close(), 'close');
}
