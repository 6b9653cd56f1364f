import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { mebibytes, number } from './table.ts';
import { root, shipped } from './variants.ts';

/** One line of work-child.ts. */
interface Cost {
  readonly what: string;
  readonly bytes: number;
  readonly milliseconds: number;
  readonly longest: number;
}

/** What the dearest bytes cost memgap's parsers, up to where a budget ends them. */
export const work: Bench = async ({ nodes, say }) => {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-work-'));
  try {
    const child = join(folder, 'work-child.cjs');
    execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), join(root, 'bench/work-child.ts'), child], { stdio: 'ignore' });
    const rows = nodes.flatMap((node) => {
      say(node.version);
      const output = execFileSync(node.command, [...shipped.flags, child], { encoding: 'utf8' });
      const costs: readonly Cost[] = output
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      return costs.map(({ what, bytes, milliseconds, longest }) => [
        `${node.version} ${what}`,
        mebibytes(bytes),
        number(milliseconds),
        number(milliseconds / (bytes / 1024 ** 2)),
        number(longest),
      ]);
    });
    const columns = ['node, parser, what is repeated', 'MiB parsed', 'CPU ms', 'CPU ms/MiB', 'longest ms of 16 KiB'];
    return [
      { title: 'The dearest answers', columns, rows, notes: ['8 MiB of each, or less where a budget ends it, with the flags that ship.'] },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
