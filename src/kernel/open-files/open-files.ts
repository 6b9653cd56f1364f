import { budgets } from '../../budgets.ts';
import { createSlices } from '../../files/turns.ts';
import type { OpenFiles, OpenKind } from '../../model/process.ts';
import { found, known, missing, type Reading } from '../../model/reading.ts';
import { type ProcessHandle, ptraceNeeds, type Source } from '../../model/source.ts';
import { neededRight } from '../process/needed-right.ts';
import { readBpfMaps } from './bpf-maps.ts';
import { type DescriptorKind, descriptorKind, goThroughDescriptors } from './descriptors.ts';
import { type DeletedFile, readMemoryFiles } from './memory-files.ts';
import { readTcpQueues } from './tcp-queues.ts';

/**
 * What stands behind the descriptors of a process, by the links of /proc/PID/fd: what its TCP sockets hold, pipes, BPF maps, rings, files
 * of memory. Needs what smaps needs, and to be the target's user or CAP_DAC_READ_SEARCH on top (the folder's mode is 0500). None of the
 * files is opened, for that could hang, or do something: they are named, and of files of memory the size is asked. The cost is the
 * descriptors' (5 us each) and the TCP connections' of its network namespace: not for every poll.
 */
export const openFiles = {
  name: 'open_files',
  without: {
    needs: ptraceNeeds.ownersRead,
    lost: 'what sockets, pipes, BPF maps and deleted files of memory hold: kernel memory without an owner',
    families: [],
  },
  read(process, signal) {
    return readOpenFilesUpTo(process, budgets.descriptorsOfTarget.maxDescriptors, signal);
  },
} as const satisfies Source<ProcessHandle, OpenFiles>;

const bpfMap = 'bpf-map';

/** The open files of a process, if they are no more than `maxDescriptors`. */
export async function readOpenFilesUpTo(process: ProcessHandle, maxDescriptors: number, signal: AbortSignal): Promise<Reading<OpenFiles>> {
  const slices = createSlices(signal);
  const sockets = new Set<string>();
  const pipes = new Set<string>();
  const anonymous = new Map<string, number>();
  const maps: string[] = [];
  const deleted: DeletedFile[] = [];
  let moreMemfds = 0;
  let listed = 0;
  let seen = 0;

  function sort(fd: string, what: DescriptorKind): void {
    switch (what.kind) {
      case 'socket':
        sockets.add(what.inode);
        break;
      case 'pipe':
        pipes.add(what.inode);
        break;
      case 'anonymous':
        anonymous.set(what.name, (anonymous.get(what.name) ?? 0) + 1);
        if (what.name === bpfMap) maps.push(fd);
        break;
      case 'memfd':
      case 'deleted': // of a path, which may have 4 kB, no more are kept than are asked
        if (deleted.length < budgets.memoryFiles.maxDescriptors) deleted.push({ fd, kind: what.kind, path: what.path });
        else if (what.kind === 'memfd') moreMemfds += 1;
    }
  }

  const all = await goThroughDescriptors(process, slices, (fd, link) => {
    listed += 1;
    if (link === undefined) return listed <= maxDescriptors;
    seen += 1;
    sort(fd, descriptorKind(link));
    return listed <= maxDescriptors;
  });
  if (!all.ok) return all;
  if (all.value === 'some')
    return missing('too-large', `process ${process.pid} has more than ${maxDescriptors} open files: what is behind them is not read`);
  if (seen === 0 && listed > 0)
    return missing(
      'denied',
      `the links of /proc/${process.pid}/fd can be listed, and not read; ${neededRight(`/proc/${process.pid}/maps`)}`,
    );
  const queues = known(await readTcpQueues(process, sockets, signal));
  const memory = await readMemoryFiles(process, deleted, slices);
  if (signal.aborted) return missing('timeout', `the open files of process ${process.pid} were not gone through in time`);
  const kinds: Array<readonly [string, OpenKind]> = [...anonymous].map(([name, count]) => [
    name,
    name === bpfMap ? readBpfMaps(process, maps) : { count },
  ]);
  return found({
    descriptors: listed,
    sockets: sockets.size,
    tcpSockets: queues?.sockets,
    sendQueues: queues?.send,
    sending: queues?.sending,
    sendHeld: queues?.held,
    receiveQueues: queues?.receive,
    pipes: pipes.size,
    anonInodes: Object.fromEntries(kinds),
    deleted: { ...memory, count: memory.count + moreMemfds, unsized: memory.unsized + moreMemfds },
  });
}
