import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runMachine } from '../../test/vm/machine.ts';
import { locateParts } from '../../test/vm/parts.ts';

/** What the job in the machine keeps. */
interface Kept {
  readonly base64: string;
  readonly live: string;
}

/** Records a lab in a nested group of cgroup v2, by Linux 6.12 in the virtual machine of test/vm; the record is written to the folder. */
export async function recordInVm(folder: string): Promise<{ readonly file: string; readonly live: string }> {
  const parts = locateParts();
  if (!parts.ok) throw new Error(parts.detail);
  const stage = (root: string) => {
    writeFileSync(join(root, 'job/main.ts'), "import './record.ts';\n"); // test/vm/guest/record.ts
  };
  const results = await runMachine(parts.value, { stage, diskSize: '1G', deadline: 15 * 60_000 });
  const { base64, live } = results.read<Kept>('record.json');
  const file = join(folder, 'nested-v2.memgap');
  writeFileSync(file, Buffer.from(base64, 'base64'));
  return { file, live };
}
