// A job of its own (scripts/recordings/in-vm.ts): records a lab in a nested group, the outer one with the smaller limit.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mib, withPod } from './pod.ts';

await withPod('nested', async (pod) => {
  const { pid, port, ask } = await pod.operator({
    id: 'lab',
    lab: 'go-newest',
    port: 6060,
    limit: 256 * mib,
    cgroup: '/kubepods/burstable/inner',
  });
  writeFileSync('/sys/fs/cgroup/kubepods/memory.max', String(192 * mib));
  await ask('/grow?mib=24');
  await ask('/leak/tmpfs?mib=8');
  const words = [
    'record',
    String(pid),
    '--target.pprof',
    `http://127.0.0.1:${port}/debug/pprof`,
    '--process.memory-reads',
    '--anonymize',
    '--json',
  ];
  const polls = ['--polls', '3', '--interval', '1s', '--poll.timeout', '30s', '-o', '/tmp/nested.memgap'];
  const { stdout, stderr } = spawnSync('node', ['/opt/memgap/memgap.cjs', ...words, ...polls], { encoding: 'utf8' });
  console.log(stderr);
  writeFileSync('/out/record.json', JSON.stringify({ base64: readFileSync('/tmp/nested.memgap').toString('base64'), live: stdout }));
});
process.exit(0);
