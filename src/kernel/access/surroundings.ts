import { join } from 'node:path';
import { budgets } from '../../budgets.ts';
import { mountsOf } from '../../files/mountinfo.ts';
import type { HidePid, Surroundings } from '../../model/access.ts';
import { known, mapReading } from '../../model/reading.ts';
import type { KernelPaths } from '../../model/source.ts';
import { readSmallFile } from '../process/file.ts';
import { listPids, ownPid } from '../process/pids.ts';
import { parseStat } from '../process/stat.ts';
import { readProcessAccess } from './process-access.ts';

/** Where memgap runs, as far as it bears on what it can see. Reads only what needs no right. */
export function readSurroundings(paths: KernelPaths): Surroundings {
  const { procfs } = paths;
  const own = ownPid(procfs);
  const { hidePid, group } = parseProcMount(known(readSmallFile('/proc/self/mountinfo', budgets.mountinfo.maxBytes)) ?? '', procfs);
  const first = known(mapReading(readSmallFile(join(procfs, '1/stat')), parseStat));
  return {
    self: readProcessAccess({ pid: own, paths }),
    hidePid,
    hidePidGroup: group,
    others: known(listPids(paths))?.length,
    pidOne: { name: first?.ok === true ? first.value.comm : undefined, isMemgap: own === 1 },
    yama: numberOf(known(readSmallFile(join(procfs, 'sys/kernel/yama/ptrace_scope')))),
    kubernetes: (process.env.KUBERNETES_SERVICE_HOST ?? '') !== '',
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}\s*$/.test(text) ? Number(text) : undefined;
}

const maxMounts = budgets.procMounts.maxEntries;

/** How a mounted procfs hides processes. */
export interface ProcMount {
  readonly hidePid: HidePid;
  /** The mount option `gid`: whoever is in that group sees all. */
  readonly group: number | undefined;
}

/** By number, as kernels before 5.8 print it, and by name (proc(5)). */
const words: Readonly<Record<string, HidePid>> = {
  '0': 'off',
  '1': 'noaccess',
  '2': 'invisible',
  '4': 'ptraceable',
  off: 'off',
  noaccess: 'noaccess',
  invisible: 'invisible',
  ptraceable: 'ptraceable',
};

/** Pure: the options of the procfs at a mount point, from memgap's own mountinfo; the last mount there covers those before it. */
export function parseProcMount(mountinfo: string, mountPoint: string): ProcMount {
  let mount: ProcMount = { hidePid: 'off', group: undefined };
  for (const { mountPoint: place, options } of mountsOf(mountinfo, ['proc'], maxMounts)) {
    if (place !== mountPoint) continue;
    const set = new Map(options.split(',').map((option) => [option.split('=')[0], option.split('=')[1]]));
    const group = set.get('gid');
    mount = {
      hidePid: words[set.get('hidepid') ?? 'off'] ?? 'off',
      group: group !== undefined && /^\d{1,10}$/.test(group) ? Number(group) : undefined,
    };
  }
  return mount;
}
