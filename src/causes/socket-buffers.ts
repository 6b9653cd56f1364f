import { found, missing } from '../reading.ts';
import { formatBytes } from '../units.ts';
import type { Cause } from './cause.ts';
import { ratio, size } from './evidence.ts';
import { isLarge } from './large.ts';

/** What is under way in sockets: 492 to 502 MiB of a limit of 640 MiB when pytorch/ci-infra#1024 was killed. */
export const socketBuffers: Cause = {
  name: 'socket_buffers',
  title: 'socket buffers',
  claims: ['cgroup:sock'],
  judge({ ledger: { cgroup } }) {
    if (!cgroup.ok) return cgroup;
    const { total, limit, components } = cgroup.value;
    const { sock } = components;
    if (sock === undefined)
      return missing('unsupported', 'memory.stat does not tell sock: on cgroup v1 TCP memory is outside of the usage');
    if (!isLarge(sock, total)) return found('not this');
    return found({
      bytes: sock,
      evidence: [
        size('socket buffers', sock, 'memory.stat sock'),
        limit === undefined ? ratio('of the usage', sock / total, 'memory.current') : ratio('of the limit', sock / limit, 'memory.max'),
      ],
      summary: `${formatBytes(sock)} waits in socket buffers, which count against the limit and can not be taken back.`,
      next: 'ss -tm: who does not read? Fewer connections, or a lower maximum in net.ipv4.tcp_rmem and tcp_wmem of the pod',
    });
  },
};
