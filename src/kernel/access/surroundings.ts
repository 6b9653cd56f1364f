import { join } from 'node:path';
import { budgets } from '../../budgets.ts';
import type { Surroundings } from '../../model/access.ts';
import { known, mapReading } from '../../model/reading.ts';
import type { KernelPaths } from '../../model/source.ts';
import { readSmallFile } from '../process/file.ts';
import { listPids, ownPid } from '../process/pids.ts';
import { parseStat } from '../process/stat.ts';
import { parseProcMount } from './proc-mount.ts';
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
