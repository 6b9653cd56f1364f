import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Reading } from '../../src/model/reading.ts';
import { runMachine } from '../../test/vm/machine.ts';
import { locateParts } from '../../test/vm/parts.ts';
import { root } from '../variants.ts';
import type { Setting } from './measure-all.ts';
import type { Measured } from './measured.ts';
import type { Subject } from './subject.ts';

const sources = ['acceptance', 'bench', 'src', 'bin', 'dist', 'scripts/child.ts', 'test/programs.ts', 'package.json'];
const deadline = 90 * 60_000;

/**
 * Measures subjects in the virtual machine of test/vm, which has cgroup v2; hands out each, and resolves with what could not be measured.
 */
export async function measureInVm<S extends Subject>(
  subjects: readonly S[],
  { tool, locate }: Pick<Setting<S>, 'tool' | 'locate'>,
  done: (measured: Measured) => void,
): Promise<Reading<readonly string[]>> {
  const parts = locateParts();
  if (!parts.ok) return parts;
  const paths = new Map<string, string>();
  for (const subject of subjects) {
    const path = locate(subject);
    if (!path.ok) return path;
    paths.set(subject.name, path.value);
  }
  const stage = (folder: string) => {
    for (const each of sources) cpSync(join(root, each), join(folder, 'memgap', each), { recursive: true });
    mkdirSync(join(folder, 'programs'));
    const inside = (path: string) => `/programs/${basename(path)}`;
    for (const path of new Set([tool, ...paths.values()])) cpSync(path, join(folder, inside(path)));
    const plan = {
      names: subjects.map(({ name }) => name),
      tool: inside(tool),
      paths: Object.fromEntries([...paths].map(([name, path]) => [name, inside(path)])),
    };
    writeFileSync(join(folder, 'job/advice.json'), JSON.stringify(plan));
    writeFileSync(join(folder, 'job/main.ts'), "import '/memgap/bench/advice/guest.ts';\n");
  };
  const results = await runMachine(parts.value, { stage, diskSize: '3G', deadline });
  const failures = results.read<readonly string[]>('failures.json');
  for (const name of results.names('measured')) done(results.read<Measured>(`measured/${name}`));
  return { ok: true, value: failures };
}
