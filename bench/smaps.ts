import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { buildMapped, type MappedProgram, startMapped } from './mapped.ts';
import { withRunning } from './running.ts';
import { spreadOf } from './statistics.ts';
import { mebibytes, shown, type Table } from './table.ts';
import { bare, type NodeBinary, root, shipped, type Variant } from './variants.ts';

const walks = 12;
const most = 19_900; // the program's own come on top: 20000 are the limit
const tooMany = 50_000;

/** One line of smaps-child.ts: microseconds of CPU, milliseconds, bytes. */
interface Walk {
  readonly mappings: number;
  readonly user: number;
  readonly system: number;
  readonly wall: number;
  readonly peak: number;
}

/** What a walk over many mappings costs memgap: the parser alone, and with the reads. */
export const smapsWalks: Bench = async ({ nodes, say }) => {
  const title = 'A walk over many mappings';
  const program = buildMapped();
  if (!program.ok) return [{ title, columns: [], rows: [], notes: [`Skipped: ${program.detail}`] }];
  const folder = mkdtempSync(join(tmpdir(), 'memgap-smaps-'));
  try {
    return [await measure(title, nodes, say, program.value, folder)];
  } finally {
    program.value.remove();
    rmSync(folder, { recursive: true, force: true });
  }
};

async function measure(
  title: string,
  nodes: readonly NodeBinary[],
  say: (text: string) => void,
  program: MappedProgram,
  folder: string,
): Promise<Table> {
  const child = join(folder, 'smaps-child.cjs');
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), join(root, 'bench/smaps-child.ts'), child], { stdio: 'ignore' });
  const text = join(folder, 'smaps');
  const rows = await withRunning(async (keep) => {
    const many = keep(await startMapped(program, { mappings: tooMany, mib: 0 }));
    writeFileSync(text, readFileSync(`/proc/${many.pid}/smaps`));
    const allowed = keep(await startMapped(program, { mappings: most, mib: 0 }));
    const cases = nodes.flatMap((node) => [shipped, bare].map((variant) => ({ node, variant })));
    return cases.flatMap(({ node, variant }) => {
      say(`${node.version} ${variant.label}: ${walks} walks each`);
      const label = `${node.version} ${variant.label}`;
      return [
        row(`${label}: parser alone`, run(node, variant, child, text)),
        row(`${label}: whole walk`, run(node, variant, child, String(allowed.pid))),
      ];
    });
  });
  return {
    title,
    columns: ['node, flags', 'mappings', 'user us/mapping', 'system us/mapping', 'wall ms', 'RssAnon MiB'],
    rows,
    notes: [
      `Median (least to most) of ${walks - 2} walks, after two to warm up, with a gc() after each as the sampler has it. The parser alone has the recorded text of a program ` +
        `with ${tooMany} mappings in memory; the whole walk reads one with ${most}, for memgap refuses more than 20000. System time is the kernel's, for making the text. ` +
        'RssAnon: the most right after a walk, of this small program.',
    ],
  };
}

function run(node: NodeBinary, variant: Variant, child: string, from: string): readonly Walk[] {
  const output = execFileSync(node.command, [...variant.flags, child, String(walks), from], { encoding: 'utf8' });
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function row(label: string, all: readonly Walk[]): readonly string[] {
  const warm = all.slice(2);
  const each = (of: (walk: Walk) => number) => shown(spreadOf(warm.map(of)));
  return [
    label,
    String(warm[0]?.mappings ?? Number.NaN),
    each(({ user, mappings }) => user / mappings),
    each(({ system, mappings }) => system / mappings),
    each(({ wall }) => wall),
    label.endsWith('alone') ? '-' : mebibytes(Math.max(...all.map(({ peak }) => peak))),
  ];
}
