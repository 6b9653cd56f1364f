import { isIPv4 } from 'node:net';
import { budgets } from '../../budgets.ts';

/** What memgap waits for on a connection: the first request's head, the next request, or that the client takes its answers. */
export type Awaited = 'head' | 'request' | 'reading';

/** One open connection, as far as it matters for who has to go. */
export interface Connection {
  /** Whose it is: an IPv4 address, or the /64 of an IPv6 one. */
  readonly client: string;
  readonly awaited: Awaited;
  /** Milliseconds, since when memgap has been waiting for that. */
  readonly since: number;
  /** Whether a head was begun, which clients send in one go. */
  readonly begun: boolean;
  /** When metrics or a probe's page went out on it last; `undefined` if never. */
  readonly scrapedAt: number | undefined;
  /** Of answers that the client has not wholly taken. */
  readonly unreadBytes: number;
}

/** How many connections there may be, and of what. */
export interface ConnectionLimits {
  readonly maxConnections: number;
  /** Of one client, once more than half are taken. */
  readonly maxOfClient: number;
  /** So many of those on which metrics or a probe's page went out last go last. */
  readonly maxKept: number;
  /** Of answers that clients may leave unread, all together. */
  readonly maxUnreadBytes: number;
}

/** Why a connection is closed: its client has more than its share, there are too many, or too much lies unread. */
export type Crowding = 'client_share' | 'limit' | 'unread_answers';

/** A client on the other side of the world sends its head, and takes an answer, in so many milliseconds; longer, and it may be none. */
export const slowMilliseconds = 1_000;

/**
 * Which connections have to go, so that what stays is within the limits. While more than half are taken, a client above its share gives
 * way, but not with what came just now: a probe may be among it, even where a crowd has the probe's own address. At the limit the clients
 * above their share give way with that, too, the least worth first. An answer alone may be of any size.
 */
export function leaving<C extends Connection>(connections: readonly C[], limits: ConnectionLimits, now: number): ReadonlyMap<C, Crowding> {
  const gone = new Map<C, Crowding>();
  if (connections.length > limits.maxConnections / 2) makeRoom(rankAll(connections, limits.maxKept, now), limits, gone);
  const unread = connections.filter((connection) => connection.unreadBytes > 0 && !gone.has(connection));
  let bytes = unread.reduce((sum, connection) => sum + connection.unreadBytes, 0);
  if (bytes <= limits.maxUnreadBytes) return gone;
  for (const connection of unread.sort((one, other) => one.since - other.since).slice(0, -1)) {
    if (bytes <= limits.maxUnreadBytes) break;
    bytes -= connection.unreadBytes;
    gone.set(connection, 'unread_answers');
  }
  return gone;
}

interface Ranked<C> {
  readonly connection: C;
  readonly worth: number;
}

function makeRoom<C extends Connection>(ranked: readonly Ranked<C>[], limits: ConnectionLimits, gone: Map<C, Crowding>): void {
  const held = new Map<string, number>(); // of each client, but for those that are kept
  for (const { connection, worth } of ranked) if (worth < worths.kept) add(held, connection.client, 1);
  for (let left = ranked.length; left > limits.maxConnections / 2; left -= 1) {
    const full = left > limits.maxConnections;
    const above = leastWorth(ranked, full ? worths.kept : worths.young, gone, held, limits.maxOfClient);
    const least = above ?? (full ? leastWorth(ranked, Number.POSITIVE_INFINITY, gone, held, -1) : undefined);
    if (least === undefined) return;
    gone.set(least.connection, above === undefined ? 'limit' : 'client_share');
    if (least.worth < worths.kept) add(held, least.connection.client, -1);
  }
}

function add(counts: Map<string, number>, client: string, more: number): void {
  counts.set(client, (counts.get(client) ?? 0) + more);
}

/**
 * Of those that are worth less than `below`, of clients that hold more than `maxOfClient`. No sort: each connection that comes ends one.
 */
function leastWorth<C extends Connection>(
  ranked: readonly Ranked<C>[],
  below: number,
  gone: ReadonlyMap<C, Crowding>,
  held: ReadonlyMap<string, number>,
  maxOfClient: number,
): Ranked<C> | undefined {
  let least: Ranked<C> | undefined;
  for (const each of ranked) {
    const { connection, worth } = each;
    if (worth >= below || (least !== undefined && (worth - least.worth || connection.since - least.connection.since) >= 0)) continue;
    if (!gone.has(connection) && (held.get(connection.client) ?? 0) > maxOfClient) least = each;
  }
  return least;
}

/** Of a kind the one that memgap has been waiting for the longest goes first. */
const worths = {
  lateHead: 0,
  idle: 1,
  idleScraper: 2,
  lateReader: 3,
  /** A head that was begun and did not come whole with its first packet, as a probe's does. */
  young: 4,
  youngAndWhole: 5,
  kept: 6,
} as const;

function rankAll<C extends Connection>(connections: readonly C[], maxKept: number, now: number): ReadonlyArray<Ranked<C>> {
  const kept = keptOf(connections, maxKept);
  return connections.map((connection) => ({ connection, worth: kept.has(connection) ? worths.kept : worthOf(connection, now) }));
}

function worthOf({ awaited, since, begun, scrapedAt }: Connection, now: number): number {
  if (awaited === 'request') return scrapedAt === undefined ? worths.idle : worths.idleScraper;
  if (now - since <= slowMilliseconds) return awaited === 'head' && begun ? worths.young : worths.youngAndWhole;
  return awaited === 'head' ? worths.lateHead : worths.lateReader;
}

/** Those that scrapes and probes used last: of each client one first, then the second of each, so that none has them all. */
function keptOf<C extends Connection>(connections: readonly C[], maxKept: number): ReadonlySet<C> {
  const scraped = connections.filter((connection) => connection.scrapedAt !== undefined);
  scraped.sort((one, other) => (other.scrapedAt ?? 0) - (one.scrapedAt ?? 0));
  const before = new Map<string, number>();
  const turns = scraped.map((connection) => {
    const turn = before.get(connection.client) ?? 0;
    before.set(connection.client, turn + 1);
    return { connection, turn };
  });
  turns.sort((one, other) => one.turn - other.turn); // stable: the newest first within a turn
  return new Set(turns.slice(0, maxKept).map(({ connection }) => connection));
}

/** The limits by so many descriptors: all but three, for those that come in the two turns of closing others, and one more. */
export function limitsFor(descriptors: number): ConnectionLimits {
  const maxConnections = Math.max(1, maxOpen(descriptors) - 3);
  const quarter = Math.max(1, Math.floor(maxConnections / 4));
  return {
    maxConnections,
    maxOfClient: quarter,
    maxKept: Math.min(budgets.keptConnections.maxConnections, quarter),
    maxUnreadBytes: budgets.unreadAnswers.maxBytes,
  };
}

/** How many connections may be open at once. */
export function maxOpen(descriptors: number): number {
  return Math.min(budgets.connections.maxConnections, descriptors);
}

/** Who a connection counts for: an IPv4 address, and of an IPv6 one the /64, for one machine has them all (RFC 4291 section 2.5.4). */
export function clientOf(address: string | undefined): string {
  if (address === undefined) return ''; // the other end is gone already
  const mapped = address.replace(/^::ffff:(?=\d+\.)/i, ''); // an IPv4 client of a socket that listens on ::
  if (isIPv4(mapped)) return mapped;
  const [left = '', right] = (address.split('%')[0] ?? '').split('::');
  const groups = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const zeros = Array.from({ length: Math.max(0, right === undefined ? 0 : 8 - groups.length - tail.length) }, () => '0');
  return `${[...groups, ...zeros, ...tail].slice(0, 4).join(':')}::/64`;
}
