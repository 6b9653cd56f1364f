import { budgets } from '../../budgets.ts';
import type { OpenKind } from '../../model/process.ts';
import type { ProcessHandle } from '../../model/source.ts';
import { bytes } from '../../model/units.ts';
import { readProcFile } from '../process/file.ts';

/** What fdinfo says of a BPF map. */
export interface BpfMap {
  /** The same behind each descriptor of the map. */
  readonly id: string;
  readonly memlock: number;
}

/**
 * Pure: the text of /proc/PID/fdinfo/N of a descriptor of a BPF map (bpf_map_show_fdinfo of kernel/bpf/syscall.c). `memlock` is what the
 * map takes, per-CPU memory included, which stands in no number of a process or of a cgroup v1.
 */
export function parseBpfMap(text: string): BpfMap | undefined {
  const [, memlock] = /^memlock:\t(\d{1,15})$/m.exec(text) ?? [];
  const [, id] = /^map_id:\t(\d{1,10})$/m.exec(text) ?? [];
  return memlock === undefined || id === undefined ? undefined : { id, memlock: Number(memlock) };
}

/** The BPF maps behind these descriptors, each once; without bytes where one can't be read, or they are more than the budget. */
export function readBpfMaps(process: ProcessHandle, fds: readonly string[]): OpenKind {
  if (fds.length > budgets.bpfMaps.maxDescriptors) return { count: fds.length };
  const maps = new Map<string, number>();
  for (const fd of fds) {
    const text = readProcFile(process, `fdinfo/${fd}`);
    const map = text.ok ? parseBpfMap(text.value) : undefined;
    if (map === undefined) return { count: fds.length };
    maps.set(map.id, map.memlock);
  }
  return { count: maps.size, bytes: bytes([...maps.values()].reduce((sum, memlock) => sum + memlock, 0)) };
}
