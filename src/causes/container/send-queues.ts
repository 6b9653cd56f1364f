import { found, missing } from '../../model/reading.ts';
import { bytes, formatBytes } from '../../model/units.ts';
import { type Cause, count, inactive, isLarge, size, worthNamingBytes } from '../engine/cause.ts';

/**
 * Page cache that waits for slow readers: sendfile(2), which net/http's FileServer and io.Copy of a file use, sends the cache's own pages,
 * and while the other side takes none of them the kernel can't have them back: 256 of 256 MiB were still there when it was asked for all.
 * What was copied is no cache, and the queues do not tell one from the other.
 */
export const sendQueues: Cause = {
  name: 'send_queues',
  title: 'sent, and not taken by slow readers',
  claims: ['cgroup:file_cache'],
  judge({ ledger: { cgroup, snapshot } }) {
    if (!cgroup.ok) return cgroup;
    if (!snapshot.openFiles.ok) return snapshot.openFiles;
    const { sendQueues: sent, sendHeld = sent, sending = 0 } = snapshot.openFiles.value.value;
    const cache = cgroup.value.components.file_cache;
    if (sent === undefined || sendHeld === undefined) return missing('too-large', 'the tables of TCP sockets are too long to be read');
    if (cache === undefined) return missing('unsupported', 'memory.stat does not tell the page cache apart from shared memory');
    const held = Math.min(sendHeld, cache);
    if (Math.min(sent, cache) < worthNamingBytes || !isLarge(held, cgroup.value.total)) return inactive;
    return found({
      bytes: bytes(held),
      evidence: [
        size('sent and not taken', sent, '/proc/PID/net/tcp tx_queue'),
        count('connections', sending, '/proc/PID/net/tcp'),
        size('page cache that they can hold', held, 'each in whole folios of 2 MiB'),
        size('page cache', cache, 'memory.stat file - shmem'),
      ],
      summary: `${formatBytes(sent)} was sent and not taken by ${sending === 1 ? 'a slow reader' : `${sending} slow readers`}: what of it went out by sendfile (net/http's FileServer, io.Copy of a file) is page cache that can't be taken back.`,
      next: 'TCP_USER_TIMEOUT on the listener (net.ListenConfig.Control), or http.Server.WriteTimeout with SetLinger(0) on each connection: after WriteTimeout alone the kernel still keeps what was sent',
    });
  },
};
