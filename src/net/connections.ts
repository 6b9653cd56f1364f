import type { Socket } from 'node:net';
import { Pool } from 'undici';
import { budgets } from '../budgets.ts';
import { found, type Reading } from '../model/reading.ts';
import type { Endpoint } from '../model/target.ts';
import { countedConnect } from './counted-connect.ts';
import { inTurns } from './read-in-turns.ts';
import { tlsOptions, tlsStamp } from './tls.ts';

/** To connect, TLS included; the caller's own deadline is usually nearer. */
const connectMilliseconds = 5_000;

/** Long enough for the two reads of a bracket to share a connection, too short for an idle one to stand open from poll to poll. */
const keepAliveMilliseconds = 2_000;

interface PooledConnection {
  readonly pool: Pool;
  /**
   * Sockets that still connect, which the pool does not know yet: one to a full backlog would delay memgap's end until `connectTimeout`.
   */
  readonly connecting: ReadonlySet<Socket>;
  readonly stamp: string;
}

/** By identity: a reloaded config has new endpoint objects, and connections that nobody closed go with the old ones. */
// biome-ignore lint/plugin: nothing waits by it: a request under way holds its socket, and that the pool
const connections = new WeakMap<Endpoint, PooledConnection>();

/**
 * The one pool of an endpoint, made at its first use and again when a file of its tls_config has changed. Two sockets at most, so that one
 * source that hangs does not hold up another of the same endpoint. A pool asks no proxy variable (undici's Agent neither; only fetch()
 * does).
 */
export async function connectionTo(endpoint: Endpoint): Promise<Reading<Pool>> {
  const stamp = endpoint.tls === undefined ? '' : await tlsStamp(endpoint.tls);
  const before = connections.get(endpoint);
  if (before?.stamp === stamp) return found(before.pool);

  const tls = endpoint.tls === undefined ? found({}) : await tlsOptions(endpoint.tls);
  if (!tls.ok) return tls;
  const held = connections.get(endpoint); // another request may have made it meanwhile
  if (held?.stamp === stamp) return found(held.pool);
  const connecting = new Set<Socket>();
  const { socketPath } = endpoint;
  const pool = new Pool(new URL(endpoint.url).origin, {
    connections: 2,
    pipelining: 1,
    keepAliveTimeout: keepAliveMilliseconds,
    keepAliveMaxTimeout: keepAliveMilliseconds, // a server's `keep-alive: timeout=` hint must not hold it open longer
    maxHeaderSize: budgets.headerBytes.maxBytes,
    connect: inTurns(
      countedConnect({ ...tls.value, timeout: connectMilliseconds, ...(socketPath !== undefined && { socketPath }) }, connecting),
    ),
  });
  connections.set(endpoint, { pool, connecting, stamp });
  void held?.pool.close(); // its running requests may end
  return found(pool);
}

/** Cuts all connections of an endpoint, at reload and stop; requests that still run come to `unreachable`. */
export async function closeEndpoint(endpoint: Endpoint): Promise<void> {
  const held = connections.get(endpoint);
  connections.delete(endpoint);
  await held?.pool.destroy();
  for (const socket of held?.connecting ?? []) socket.destroy();
}
