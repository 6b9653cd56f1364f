/** What memgap waits for on a connection: the first request's head, the next request, or that the client takes its answers. */
export type Awaited = 'head' | 'request' | 'reading';

/** One open connection, as far as it matters for who has to go. */
export interface Connection {
  /** Whose it is: an IPv4 address, or the /64 of an IPv6 one. */
  readonly client: string;
  readonly awaited: Awaited;
  /** Milliseconds, since when memgap has been waiting for that. */
  readonly since: number;
  /** When metrics or a probe's page went out on it last; `undefined` if never. */
  readonly scraped: number | undefined;
  /** Bytes of answers that the client has not wholly taken. */
  readonly unread: number;
}

/** How much there is to share out. */
export interface Room {
  readonly connections: number;
  /** Of them for one client, once more than half are taken. */
  readonly share: number;
  /** So many of those on which metrics or a probe's page went out last go last. */
  readonly kept: number;
  /** Bytes of answers that clients may leave unread, all together. */
  readonly unread: number;
}

/** Why a connection is closed: its client has more than its share, there are too many, or too much lies unread. */
export type Crowding = 'client_share' | 'limit' | 'unread_answers';

/** A client on the other side of the world sends its head, and takes an answer, within this many milliseconds; longer, and it may be none. */
export const patience = 1_000;

/**
 * Which connections have to go, so that what stays fits the room. While more than half are taken, clients above their share give way;
 * then the least worth of all: heads that do not come, those kept open for a next request by the longest idle, answers that nobody takes,
 * what came just now, and last those that metrics and probes use. An answer alone may be of any size.
 */
export function leaving<C extends Connection>(connections: readonly C[], room: Room, now: number): ReadonlyMap<C, Crowding> {
  const gone = new Map<C, Crowding>();
  const kept = keptOf(connections, room.kept);
  const byWorth = connections
    .map((connection) => ({ connection, worth: kept.has(connection) ? keptWorth : worthOf(connection, now) }))
    .sort((one, other) => one.worth - other.worth || one.connection.since - other.connection.since)
    .map(({ connection }) => connection);

  const ofClient = new Map<string, number>();
  for (const { client } of connections) ofClient.set(client, (ofClient.get(client) ?? 0) + 1);
  for (const connection of byWorth) {
    if (connections.length - gone.size <= room.connections / 2) break;
    const held = ofClient.get(connection.client) ?? 0;
    if (held <= room.share) continue;
    ofClient.set(connection.client, held - 1);
    gone.set(connection, 'client_share');
  }
  for (const connection of byWorth) {
    if (connections.length - gone.size <= room.connections) break;
    if (!gone.has(connection)) gone.set(connection, 'limit');
  }
  const unread = byWorth
    .filter((connection) => connection.unread > 0 && !gone.has(connection))
    .sort((one, other) => one.since - other.since);
  let bytes = unread.reduce((sum, connection) => sum + connection.unread, 0);
  for (const connection of unread.slice(0, -1)) {
    if (bytes <= room.unread) break;
    bytes -= connection.unread;
    gone.set(connection, 'unread_answers');
  }
  return gone;
}

const keptWorth = 5;

function worthOf({ awaited, since, scraped }: Connection, now: number): number {
  if (awaited === 'request') return scraped === undefined ? 1 : 2;
  if (now - since <= patience) return 4;
  return awaited === 'head' ? 0 : 3;
}

function keptOf<C extends Connection>(connections: readonly C[], most: number): ReadonlySet<C> {
  const scraped = connections.filter((connection) => connection.scraped !== undefined);
  return new Set(scraped.sort((one, other) => (other.scraped ?? 0) - (one.scraped ?? 0)).slice(0, most));
}
