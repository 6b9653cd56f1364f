import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { budgets } from '../../../src/budgets.ts';
import { createTcpQueueScan, linesOf, readTcpQueues } from '../../../src/kernel/open-files/tcp-queues.ts';
import { found } from '../../../src/model/reading.ts';
import { runs } from '../../runs.ts';
import { folder } from '../process/processes.ts';

const { signal } = new AbortController();
const folio = 2 * 1024 ** 2;

interface Socket {
  readonly local: string;
  readonly remote: string;
  readonly state: number;
  readonly send: number;
  readonly receive: number;
  readonly inode: number;
}

const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');

/** A line as get_tcp4_sock and get_tcp6_sock of the kernel print it, padded to 149 characters. */
function line({ local, remote, state, send, receive, inode }: Socket, index = 0): string {
  const text = `${String(index).padStart(4)}: ${local} ${remote} ${hex(state, 2)} ${hex(send, 8)}:${hex(receive, 8)} 02:000A7D8C 00000000  1000        0 ${inode} 2 00000000a1b2c3d4 20 4 30 10 -1`;
  return `${text.padEnd(149)}\n`;
}

const head =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                               \n';
const addresses = ['0100007F', '0'.repeat(32), '0000000000000000FFFF00000100007F', 'B80D0120000000000000000001000000'];
const queue = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 0xffff_ffff }));
const socket = fc.record({
  address: fc.constantFrom(...addresses),
  state: fc.constantFrom(0x01, 0x02, 0x04, 0x08, 0x0a),
  send: queue,
  receive: queue,
  inode: fc.integer({ min: 1, max: 50 }),
});
/** Each to a peer elsewhere. */
const sockets = fc
  .uniqueArray(socket, { selector: ({ inode }) => inode, maxLength: 30 })
  .map((all) => all.map(({ address, ...each }) => ({ ...each, local: `${address}:${hex(each.inode, 4)}`, remote: `${address}:FFFF` })));
const one: Socket = { local: '0100007F:1F90', remote: '0200007F:0016', state: 1, send: 70_000, receive: 5, inode: 12_345 };

test('the queues of the sockets asked for, and of no other, however the table is cut into pieces', () => {
  fc.assert(
    fc.property(sockets, fc.uniqueArray(fc.integer({ min: 1, max: 50 })), fc.integer({ min: 1, max: 400 }), (all, own, piece) => {
      const text = head + all.map(line).join('');
      const scan = createTcpQueueScan(new Set(own.map(String)), folio);
      for (let at = 0; at < text.length; at += piece) scan.take(text.slice(at, at + piece));
      const kept = createTcpQueueScan(new Set(own.map(String)), folio);
      kept.take(linesOf(new Set(own.map(String)), text));
      assert.deepEqual(kept.queues(), scan.queues(), 'and what a tape keeps of the table tells the same');
      const held = all.filter(({ inode, state }) => own.includes(inode) && state !== 0x0a);
      assert.deepEqual(scan.queues(), {
        send: held.reduce((sum, { send }) => sum + send, 0),
        sending: held.filter(({ send }) => send > 0).length,
        held: held.reduce((sum, { send }) => sum + (send < 16_384 ? send : Math.ceil(send / folio) * folio), 0),
        receive: held.reduce((sum, { receive }) => sum + receive, 0),
        sockets: all.filter(({ inode }) => own.includes(inode)).length,
      });
    }),
    { numRuns: runs(200) },
  );
});

test('what the other end has not read yet is still sent, also where the two ends are of two families', () => {
  const mapped = '0000000000000000FFFF0000';
  for (const [own, other] of [
    ['', ''],
    [mapped, ''],
    ['', mapped],
  ]) {
    const reader = { ...one, local: other + one.remote, remote: other + one.local, send: 0, receive: 3_000_000, inode: 9 };
    for (const send of [0, 70_000]) {
      const scan = createTcpQueueScan(new Set(['12345']), folio);
      scan.take(head + line(reader) + line({ ...one, local: own + one.local, remote: own + one.remote, send }));
      assert.deepEqual(scan.queues(), { send: send + 3_000_000, sending: 1, held: 2 * folio, receive: 5, sockets: 1 });
    }
  }
});

test('a socket that a table has twice counts once, and half a line is none', () => {
  const scan = createTcpQueueScan(new Set(['12345', '1234']), folio);
  scan.take(head + line(one) + line(one, 1));
  scan.take(line({ ...one, inode: 1234 }).slice(0, 100));
  scan.end();
  scan.take(head);
  assert.deepEqual(scan.queues(), { send: 70_000, sending: 1, held: folio, receive: 5, sockets: 1 });
});

function tables(t: TestContext, texts: Readonly<Record<string, string>>) {
  const procfs = folder(t);
  mkdirSync(join(procfs, '77', 'net'), { recursive: true });
  writeFileSync(join(procfs, '77', 'stat'), '');
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(procfs, '77', 'net', name), text);
  return { pid: 77, paths: { procfs, cgroupfs: '/nonexistent' } };
}

test('both tables are read; one without IPv6 is no gap; no socket needs no table', async (t) => {
  const four: Socket = { ...one, send: 1, receive: 20, inode: 7 };
  const six: Socket = { ...one, local: `${'0'.repeat(32)}:1F90`, send: 300, receive: 4000, inode: 8 };
  const own = new Set(['7', '8']);
  assert.deepEqual(
    await readTcpQueues(tables(t, { tcp: head + line(four), tcp6: head + line(six) }), own, signal),
    found({ send: 301, sending: 2, held: 301, receive: 4020, sockets: 2 }),
  );
  assert.deepEqual(
    await readTcpQueues(tables(t, { tcp: head + line(four) }), own, signal),
    found({ send: 1, sending: 1, held: 1, receive: 20, sockets: 1 }),
  );
  assert.deepEqual(
    await readTcpQueues(tables(t, { tcp6: head }), new Set(), signal),
    found({ send: 0, sending: 0, held: 0, receive: 0, sockets: 0 }),
  );
});

test('tables longer than the budget tell nothing, and are not read to their end', async (t) => {
  const half = line(one).repeat(Math.ceil(budgets.tcpTables.maxBytes / 2 / 150));
  const reading = await readTcpQueues(tables(t, { tcp: half, tcp6: half }), new Set(['12345']), signal);
  assert.equal(reading.ok ? '' : reading.reason, 'too-large');
  assert.equal((await readTcpQueues(tables(t, { tcp: half }), new Set(['12345']), signal)).ok, true);
});
