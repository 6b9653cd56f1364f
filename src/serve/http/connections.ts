import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { budgets } from '../../budgets.ts';
import type { ConnectionFigures } from '../metrics/self.ts';
import { type Awaited, type Connection, type Crowding, clientOf, leaving, limitsFor, maxOpen, slowMilliseconds } from './admission.ts';

/** The connections of a server, whatever address they came in by. */
export interface Connections {
  /** To be called before an answer is sent: how long it is, and whether it is for a scrape or a probe. */
  answering(socket: Socket, bytes: number, forScrape: boolean): void;
  /** To be called when node gave up waiting for a request. */
  gaveUp(): void;
  /** To be called when the server begins to close: heads that do not come hold nothing up. */
  drain(): void;
  figures(): ConnectionFigures;
}

/** How long a client may take for an answer: as long as the longest usual scrape timeout; node's own timer begins anew with each byte. */
const answerMilliseconds = 60_000;

type Open = { -readonly [Key in keyof Connection]: Connection[Key] } & {
  readonly socket: Socket;
  requests: number;
  forScrape: boolean;
  /** Runs while a client takes an answer. Of the connection, for a response behind another one hears of no end when it is cut. */
  tooSlow: NodeJS.Timeout | undefined;
};

/**
 * Admits every connection to a server and closes others for it, where node (`maxConnections`) drops the new one, which would shut out
 * probes and Prometheus. `descriptors` is how many there are for it. What came just now is left alone as long as there is anything else:
 * node accepts one connection in a turn of the event loop (libuv since 1.45), and its request may be some turns away.
 */
export function admitConnections(server: Server, descriptors: number, maxMilliseconds = answerMilliseconds): Connections {
  const limits = limitsFor(descriptors);
  const open = new Map<Socket, Open>();
  const closed = new Map<string, number>();
  let unreadBytes = 0;
  let looking = false;

  server.on('connection', (socket) => {
    const connection = opened(socket);
    open.set(socket, connection);
    socket.once('close', () => {
      clearTimeout(connection.tooSlow);
      open.delete(socket);
      take(connection);
    });
    if (open.size < maxOpen(descriptors)) return lookLater();
    closeAll(leavingNow()); // at once, for the next one needs its descriptor
  });

  server.prependListener('request', (request, response) => {
    const { socket } = request;
    const connection = open.get(socket);
    if (connection === undefined) return;
    connection.requests += 1;
    if (connection.requests > budgets.pipelinedRequests.maxRequests) return close(connection, 'pipelined');
    wait(connection, 'reading');
    clearTimeout(connection.tooSlow);
    connection.tooSlow = setTimeout(() => close(connection, 'slow_reader'), maxMilliseconds);
    response.once('close', () => {
      connection.requests -= 1;
      if (connection.requests > 0) return;
      clearTimeout(connection.tooSlow);
      if (connection.forScrape && response.writableFinished) connection.scrapedAt = performance.now();
      take(connection);
      wait(connection, 'request');
    });
  });

  return {
    answering(socket, bytes, forScrape) {
      const connection = open.get(socket);
      if (connection === undefined) return;
      connection.forScrape = forScrape;
      connection.unreadBytes += bytes;
      unreadBytes += bytes;
      if (unreadBytes > limits.maxUnreadBytes) closeAll(leavingNow());
    },
    gaveUp: () => count('slow_request'),
    drain() {
      const cutOff = () => {
        for (const connection of open.values()) if (connection.awaited === 'head') close(connection, 'slow_request');
      };
      // biome-ignore lint/plugin: what it cuts off keeps the process alive by itself
      setTimeout(cutOff, slowMilliseconds).unref();
    },
    figures: () => ({ open: open.size, limit: limits.maxConnections, closed }),
  };

  /** After all that comes, and is read, in this turn. */
  function lookLater(): void {
    if (looking || open.size <= limits.maxConnections / 2) return;
    looking = true;
    setImmediate(() => {
      const going = leavingNow();
      if (![...going.keys()].some(mayStillAsk)) return look(going);
      brake();
      setImmediate(() => look(leavingNow())); // what came meanwhile has been read then
    });
  }

  function look(going: ReadonlyMap<Open, Crowding>): void {
    looking = false;
    closeAll(going);
  }

  function leavingNow(): ReadonlyMap<Open, Crowding> {
    return leaving([...open.values()], limits, performance.now());
  }

  function closeAll(going: ReadonlyMap<Open, Crowding>): void {
    for (const [connection, reason] of going) close(connection, reason);
  }

  function take(connection: Open): void {
    unreadBytes -= connection.unreadBytes;
    connection.unreadBytes = 0;
  }

  function close(connection: Open, reason: string): void {
    const { socket } = connection;
    open.delete(socket);
    take(connection);
    count(reason);
    socket.destroy();
  }

  function count(reason: string): void {
    closed.set(reason, (closed.get(reason) ?? 0) + 1);
  }
}

/** A client of the same cluster, on a machine that is busy, sends its head within this time. */
const headMilliseconds = 100;

/** Whether one came just now and may not have had the time to ask. */
function mayStillAsk({ awaited, begun, since }: Connection): boolean {
  return awaited === 'head' && !begun && performance.now() - since < headMilliseconds;
}

function opened(socket: Socket): Open {
  return {
    client: clientOf(socket.remoteAddress),
    awaited: 'head',
    since: performance.now(),
    get begun() {
      return socket.bytesRead > 0;
    },
    scrapedAt: undefined,
    unreadBytes: 0,
    socket,
    requests: 0,
    forScrape: false,
    tooSlow: undefined,
  };
}

function wait(connection: Open, awaited: Awaited): void {
  connection.awaited = awaited;
  connection.since = performance.now();
}

const never = new Int32Array(new SharedArrayBuffer(4));

/**
 * Lets a millisecond pass. libuv can't be told to accept no connection for a while, and what is not accepted yet waits in the kernel, where
 * it takes no descriptor and its request is taken in: where connections come faster than the room lasts, that is the better place to wait.
 */
function brake(): void {
  Atomics.wait(never, 0, 0, 1);
}
