import { budgets } from '../../budgets.ts';
import { known, mapReading } from '../../reading.ts';
import type { ProcessHandle } from '../source.ts';
import { readProcFile } from './file.ts';
import { parseStatus } from './status.ts';

/**
 * Whether one read of a process's mappings may take long: the kernel walks the page tables of a whole mapping for one read, and waits for whoever
 * changes them. They are counted by VmPTE: pages that are all the one of zeros are in no Rss. By /proc/PID/status, which waits for nobody; a process
 * that does not tell is taken for one.
 */
export function isHeavy(process: ProcessHandle): boolean {
  const status = known(mapReading(readProcFile(process, 'status'), parseStatus));
  if (status?.ok !== true) return true;
  const { vmRss, vmPte } = status.value;
  return vmRss > budgets.residentAtOnce.most || (vmPte ?? Number.POSITIVE_INFINITY) > budgets.pageTablesAtOnce.most;
}
