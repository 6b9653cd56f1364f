import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { budgets } from '../budgets.ts';
import type { ConnectionFigures } from '../metrics/connections.ts';
import { type Awaited, type Connection, leaving, patience, type Room } from './admission.ts';
import { clientOf } from './client.ts';

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

/** How long a client may take for an answer, in milliseconds: as long as the longest usual scrape timeout; node's own timer begins anew with each byte. */
const answerDeadline = 60_000;

type Open = { -readonly [Key in keyof Connection]: Connection[Key] } & {
  readonly socket: Socket;
  readonly turn: number;
  requests: number;
  forScrape: boolean;
};

/**
 * Admits every connection to a server and closes others for it, where node (`maxConnections`) drops the new one, which would shut out probes
 * and Prometheus. `descriptors` is how many there are for it. What was accepted in this turn of the event loop is left alone for one more, in
 * which its request can be read: it is what there are more descriptors than connections for.
 */
export function admitConnections(server: Server, descriptors: number, deadline = answerDeadline): Connections {
  const room = roomFor(descriptors);
  const mostAtOnce = Math.min(descriptors, room.connections * 3);
  const open = new Map<Socket, Open>();
  const closed = new Map<string, number>();
  let turn = 0;
  let looking = false;

  server.on('connection', (socket) => {
    const since = performance.now();
    const fresh = { client: clientOf(socket.remoteAddress), since, awaited: 'head', scraped: undefined, unread: 0 } as const;
    open.set(socket, { ...fresh, socket, turn, requests: 0, forScrape: false });
    socket.once('close', () => open.delete(socket));
    if (open.size > mostAtOnce) makeRoom([...open.values()], mostAtOnce);
    if (open.size > room.connections / 2) lookLater();
  });

  server.prependListener('request', (request, response) => {
    const { socket } = request;
    const connection = open.get(socket);
    if (connection === undefined) return;
    connection.requests += 1;
    wait(connection, 'reading');
    const tooSlow = setTimeout(() => close(connection, 'slow_reader'), deadline);
    response.once('close', () => {
      clearTimeout(tooSlow);
      connection.requests -= 1;
      if (connection.requests > 0) return;
      if (connection.forScrape && response.writableFinished) connection.scraped = performance.now();
      connection.unread = 0;
      wait(connection, 'request');
    });
  });

  return {
    answering(socket, bytes, forScrape) {
      const connection = open.get(socket);
      if (connection === undefined) return;
      connection.forScrape = forScrape;
      connection.unread += bytes;
      makeRoom([...open.values()], mostAtOnce);
    },
    gaveUp: () => count('slow_request'),
    drain() {
      const cutOff = () => {
        for (const connection of open.values()) if (connection.awaited === 'head') close(connection, 'slow_request');
      };
      // biome-ignore lint/plugin: what it cuts off keeps the process alive by itself
      setTimeout(cutOff, patience).unref();
    },
    figures: () => ({ open: open.size, most: room.connections, closed }),
  };

  function lookLater(): void {
    if (looking) return;
    looking = true;
    setImmediate(look);
  }

  function look(): void {
    looking = false;
    turn += 1;
    const connections = [...open.values()];
    const settled = connections.filter((connection) => connection.turn < turn - 1);
    makeRoom(settled, room.connections);
    if (settled.length < connections.length) lookLater();
  }

  function makeRoom(connections: readonly Open[], most: number): void {
    for (const [connection, reason] of leaving(connections, { ...room, connections: most }, performance.now())) close(connection, reason);
  }

  function close({ socket }: Open, reason: string): void {
    open.delete(socket);
    count(reason);
    socket.destroy();
  }

  function count(reason: string): void {
    closed.set(reason, (closed.get(reason) ?? 0) + 1);
  }
}

/** The room that so many descriptors give: two thirds of them for connections that stay, the rest for those that come in one turn. */
export function roomFor(descriptors: number): Room {
  const connections = Math.min(budgets.connections.most, Math.ceil((descriptors * 2) / 3));
  const quarter = Math.max(1, Math.floor(connections / 4));
  return { connections, share: quarter, kept: Math.min(budgets.keptConnections.most, quarter), unread: budgets.unreadAnswers.most };
}

function wait(connection: Open, awaited: Awaited): void {
  connection.awaited = awaited;
  connection.since = performance.now();
}
