import { startHost } from './host.ts';

// Starts a host with a process in it, says where it is, and waits to be killed: what host.test.ts does to it.
startHost().then(async (host) => {
  void host.run('sleep', '600');
  process.stdout.write(`${JSON.stringify({ pid: process.pid, folder: host.folder, group: host.cgroup('') })}\n`);
});
