import type { CgroupFigures } from '../../books/ledger.ts';
import type { OpenFiles } from '../../model/process.ts';
import { found, known, missing } from '../../model/reading.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { formatBytes } from '../../model/units.ts';
import { type Cause, type Finding, inactive, isLarge, type Judgment, ratio, size } from '../engine/cause.ts';

/** What is under way in sockets: 492 to 502 MiB of a limit of 640 MiB when pytorch/ci-infra#1024 was killed. */
export const socketBuffers: Cause = {
  name: 'socket_buffers',
  title: 'socket buffers',
  claims: ['cgroup:sock'],
  judge({ ledger: { cgroup, snapshot } }) {
    if (!cgroup.ok) return cgroup;
    const { total, limit, components } = cgroup.value;
    const { sock } = components;
    if (sock === undefined) return withoutNumber(cgroup.value, snapshot);
    if (!isLarge(sock, total)) return inactive;
    const open = known(snapshot.openFiles)?.value;
    return found({
      bytes: sock,
      evidence: [
        size('socket buffers', sock, 'memory.stat sock'),
        limit === undefined ? ratio('of the usage', sock / total, 'memory.current') : ratio('of the limit', sock / limit, 'memory.max'),
        ...queues(open),
      ],
      summary: `${formatBytes(sock)} waits in socket buffers, which count against the limit and can not be taken back${open === undefined ? '' : words(open, ' (', ')')}.`,
      next: nextOf(open),
    });
  },
};

/** cgroup v1 counts TCP memory nowhere: what waits in the process's queues is the node's, not of the usage (67 MB moved no number). */
function withoutNumber({ total, components }: CgroupFigures, { openFiles }: Snapshot): Judgment {
  if (!openFiles.ok) return missing('unsupported', 'memory.stat does not tell sock: on cgroup v1 TCP memory is outside of the usage');
  const open = openFiles.value.value;
  const { sendQueues, receiveQueues } = open;
  if (sendQueues === undefined || receiveQueues === undefined)
    return missing('too-large', 'on cgroup v1 TCP memory is outside of the usage, and the tables of TCP sockets are too long to be read');
  // what was sent may be page cache, which has a cause of its own: send_queues
  const waiting = Math.max(receiveQueues, sendQueues - (components.file_cache ?? 0));
  if (!isLarge(waiting, total)) return inactive;
  return found({
    evidence: queues(open),
    summary: `TCP memory is in no number of cgroup v1, neither usage nor limit: it is taken from the node${words(open, '; ', '')}.`,
    next: nextOf(open),
  });
}

function queues(open: OpenFiles | undefined): Finding['evidence'] {
  const sent = open?.sendQueues;
  const received = open?.receiveQueues;
  return [
    size('sent by this process and not taken', sent, '/proc/PID/net/tcp tx_queue'),
    size('received and not read by it', received, '/proc/PID/net/tcp rx_queue'),
  ];
}

function words({ sendQueues, receiveQueues }: OpenFiles, before: string, after: string): string {
  if (sendQueues === undefined || receiveQueues === undefined) return '';
  return `${before}${formatBytes(receiveQueues)} came in and is not read by this process, ${formatBytes(sendQueues)} it sent and nobody took${after}`;
}

function nextOf(open: OpenFiles | undefined): string {
  // where both ends are its own, what it has not read is what it sent as well
  if (open?.receiveQueues !== undefined && open.receiveQueues > 0 && open.receiveQueues >= (open.sendQueues ?? 0) / 2)
    return 'read faster, or take less in: SetReadBuffer on each connection, a lower maximum in net.ipv4.tcp_rmem of the pod; ss -tmp tells which';
  return 'ss -tm: who does not read? Fewer connections, or a lower maximum in net.ipv4.tcp_rmem and tcp_wmem of the pod';
}
