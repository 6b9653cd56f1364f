import { cpus, release, totalmem } from 'node:os';
import type { NodeBinary } from './variants.ts';

/** What the figures were measured on: one line for each thing that changes them. */
export function machine(nodes: readonly NodeBinary[], bundle: string): readonly string[] {
  const processors = cpus();
  return [
    `- date: ${new Date().toISOString().slice(0, 16)}Z`,
    `- kernel: Linux ${release()}, ${process.arch}, ${Math.round(totalmem() / 1024 ** 3)} GiB`,
    `- CPU: ${processors[0]?.model.trim() ?? 'unknown'}, ${processors.length} cores (other work on the machine makes figures worse and wider)`,
    `- node: ${nodes.map(({ version }) => version).join(', ')}`,
    `- memgap: ${bundle}`,
  ];
}
