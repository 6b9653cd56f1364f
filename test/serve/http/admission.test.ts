import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type Connection,
  type ConnectionLimits,
  clientOf,
  leaving,
  limitsFor,
  slowMilliseconds,
} from '../../../src/serve/http/admission.ts';

const now = 1_000_000;
const plenty: ConnectionLimits = { maxConnections: 8, maxOfClient: 2, maxKept: 1, maxUnreadBytes: 1000 };

function connection(rest: Partial<Connection> = {}): Connection {
  return { client: '10.0.0.1', awaited: 'request', since: now - 5_000, begun: false, scrapedAt: undefined, unreadBytes: 0, ...rest };
}

const anyConnection: fc.Arbitrary<Connection> = fc.record({
  client: fc.constantFrom('a', 'b', 'c', 'd'),
  awaited: fc.constantFrom('head' as const, 'request' as const, 'reading' as const),
  since: fc.integer({ min: now - 60_000, max: now }),
  begun: fc.boolean(),
  scrapedAt: fc.option(fc.integer({ min: now - 60_000, max: now }), { nil: undefined }),
  unreadBytes: fc.oneof(fc.constant(0), fc.nat(800)),
});
const crowd = fc.array(anyConnection, { maxLength: 60 });
const anyRoom = fc.integer({ min: 1, max: 60 }).map((descriptors) => ({ ...limitsFor(descriptors), maxUnreadBytes: 1000 }));

function stayOf(connections: readonly Connection[], room: ConnectionLimits): readonly Connection[] {
  const gone = leaving(connections, room, now);
  return connections.filter((each) => !gone.has(each));
}

describe('whatever the connections are', () => {
  test('what stays fits the room, and what could stay does', () => {
    fc.assert(
      fc.property(crowd, anyRoom, (connections, room) => {
        const gone = leaving(connections, room, now);
        const stay = stayOf(connections, room);
        assert.equal(stay.length + gone.size, connections.length);
        assert.ok(stay.length <= room.maxConnections);
        for (const client of new Set(stay.map((each) => each.client))) {
          const held = stay.filter((each) => each.client === client);
          const settled = held.filter((each) => each.awaited === 'request' || now - each.since > slowMilliseconds);
          const fits = held.length <= room.maxOfClient + room.maxKept || stay.length <= room.maxConnections / 2;
          assert.ok(fits || settled.length <= room.maxKept, 'above its share, with more than half taken');
        }
        const unread = stay.filter((each) => each.unreadBytes > 0);
        assert.ok(unread.length <= 1 || unread.reduce((sum, each) => sum + each.unreadBytes, 0) <= room.maxUnreadBytes);
        if (connections.length <= room.maxConnections / 2) assert.ok([...gone.values()].every((reason) => reason === 'unread_answers'));
      }),
    );
  });

  test('a client that keeps to its share loses none while others have more than theirs and the room suffices without', () => {
    fc.assert(
      fc.property(crowd, anyRoom, (connections, room) => {
        const counts = new Map<string, number>();
        for (const { client } of connections) counts.set(client, (counts.get(client) ?? 0) + 1);
        for (const [{ client }, reason] of leaving(connections, room, now)) {
          if (reason === 'client_share') assert.ok((counts.get(client) ?? 0) > room.maxOfClient);
        }
      }),
    );
  });

  test('of one client nothing goes that came just now while there is anything else of it, but what metrics and probes used', () => {
    fc.assert(
      fc.property(crowd, anyRoom, (connections, room) => {
        const young = (each: Connection) =>
          each.awaited !== 'request' && now - each.since <= slowMilliseconds && each.scrapedAt === undefined;
        const gone = leaving(connections, { ...room, maxUnreadBytes: Number.POSITIVE_INFINITY }, now);
        const least = connections.filter((each) => !young(each) && each.scrapedAt === undefined);
        for (const left of [...gone.keys()].filter(young)) {
          assert.ok(least.every((each) => each.client !== left.client || gone.has(each)));
          assert.ok(connections.length > room.maxConnections);
        }
      }),
    );
  });

  test('of two of one client and one kind, the one that memgap waited for longer goes first', () => {
    fc.assert(
      fc.property(crowd, anyRoom, (connections, room) => {
        const idle = connections.map((each) => ({ ...each, awaited: 'request' as const, scrapedAt: undefined, unreadBytes: 0 }));
        const gone = leaving(idle, room, now);
        for (const left of gone.keys()) {
          for (const stayed of idle) {
            if (!gone.has(stayed) && stayed.client === left.client) assert.ok(left.since <= stayed.since);
          }
        }
      }),
    );
  });

  test('those that scrapes used last outlive all others of their client', () => {
    fc.assert(
      fc.property(crowd, anyRoom, (connections, room) => {
        const gone = leaving(connections, room, now);
        const scraped = connections.filter((each) => each.scrapedAt !== undefined).map((each) => each.scrapedAt ?? 0);
        const newest = Math.max(...scraped);
        const last = connections.filter((each) => each.scrapedAt === newest);
        for (const kept of last.length === 1 ? last : []) {
          if (gone.get(kept) === undefined || gone.get(kept) === 'unread_answers') continue;
          assert.ok(connections.every((each) => each === kept || each.client !== kept.client || gone.has(each)));
        }
      }),
    );
  });
});

test('with one more than there is room for, the longest idle one goes', () => {
  const idle = Array.from({ length: 9 }, (_, index) => connection({ client: String(index), since: now - 100 * index }));
  assert.deepEqual([...leaving(idle, plenty, now)], [[idle[8], 'limit']]);
  assert.equal(leaving(idle.slice(1), plenty, now).size, 0);
});

test('heads that do not come go before idle ones, and those before what came just now; the last scrape goes last', () => {
  const ranked = [
    connection({ awaited: 'head', since: now - 2_000 }),
    connection(),
    connection({ scrapedAt: now - 9_000 }),
    connection({ awaited: 'reading', since: now - 2_000 }),
    connection({ awaited: 'head', since: now - 10, begun: true }),
    connection({ awaited: 'head', since: now - 20 }),
    connection({ scrapedAt: now - 8_000, since: now - 8_000 }),
  ].map((each, index) => ({ ...each, client: String(index) }));
  for (const [most] of ranked.entries()) {
    const stay = stayOf([...ranked].reverse(), { ...plenty, maxConnections: most });
    assert.deepEqual([...stay].reverse(), ranked.slice(ranked.length - most));
  }
});

test('a probe that comes with a crowd of its own address goes after all that came before it, and after heads that were begun', () => {
  const probe = connection({ awaited: 'head', since: now - 50 });
  const room = limitsFor(15);
  const idle = Array.from({ length: 10 }, (_, index) => connection({ scrapedAt: now - index, since: now - index }));
  const half = Array.from({ length: 20 }, (_, index) => connection({ awaited: 'head', since: now - index, begun: true }));
  const older = Array.from({ length: 8 }, (_, index) => connection({ awaited: 'head', since: now - 60 - index }));
  const stay = stayOf([...idle, ...half, ...older, probe], room);
  assert.ok(stay.includes(probe));
  assert.equal(stay.length, room.maxConnections);
  assert.ok(stay.every((each) => !half.includes(each)));
});

test('a crowd that probes keeps from another client neither its connection nor its turn among those that are kept', () => {
  const scraper = connection({ client: 'prometheus', scrapedAt: now - 15_000, since: now - 15_000 });
  const crowd = Array.from({ length: 20 }, (_, index) => connection({ scrapedAt: now - index, since: now - index }));
  assert.ok(stayOf([...crowd, scraper], { ...plenty, maxKept: 2 }).includes(scraper));
  const others = ['one', 'other'].map((client) => connection({ client }));
  const young = Array.from({ length: 20 }, (_, index) => connection({ awaited: 'head', since: now - index }));
  const stay = stayOf([...young, ...others, scraper], plenty);
  assert.ok([...others, scraper].every((each) => stay.includes(each)));
});

test('one client may have all of the first half, and more of the second only where nobody else wants it', () => {
  const proxy = Array.from({ length: 4 }, () => connection());
  assert.equal(leaving(proxy, plenty, now).size, 0);
  const others = Array.from({ length: 4 }, (_, index) => connection({ client: `other ${index}` }));
  const gone = leaving([...proxy, ...others], plenty, now);
  assert.deepEqual([...gone.values()], ['client_share', 'client_share']);
  assert.ok([...gone.keys()].every(({ client }) => client === '10.0.0.1'));
});

test('answers that nobody takes go by age, but one alone may be of any size', () => {
  const [older, newer] = [connection({ unreadBytes: 900, since: now - 900 }), connection({ unreadBytes: 5_000, since: now - 100 })];
  assert.deepEqual([...leaving([newer, older], plenty, now)], [[older, 'unread_answers']]);
  assert.equal(leaving([newer], plenty, now).size, 0);
});

test('the room is of the descriptors: of 256 connections where there are enough, of few some', () => {
  assert.deepEqual(pick(limitsFor(10_000)), { maxConnections: 253, maxOfClient: 63, maxKept: 16 });
  assert.deepEqual(pick(limitsFor(15)), { maxConnections: 12, maxOfClient: 3, maxKept: 3 });
  assert.deepEqual(pick(limitsFor(2)), { maxConnections: 1, maxOfClient: 1, maxKept: 1 });
});

function pick({ maxConnections, maxOfClient, maxKept }: ConnectionLimits): object {
  return { maxConnections, maxOfClient, maxKept };
}

test('a client is an IPv4 address however the socket tells it, and the /64 of an IPv6 one', () => {
  assert.equal(clientOf('127.0.0.1'), '127.0.0.1');
  assert.equal(clientOf('::ffff:127.0.0.1'), '127.0.0.1');
  assert.equal(clientOf('2001:db8:1:2:3:4:5:6'), clientOf('2001:db8:1:2::9'));
  assert.notEqual(clientOf('2001:db8:1:2::9'), clientOf('2001:db8:1:3::9'));
  assert.equal(clientOf('fe80::1%eth0'), clientOf('fe80::2%eth0'));
  assert.equal(clientOf('::1'), '0:0:0:0::/64');
  assert.equal(clientOf(undefined), '');
});
