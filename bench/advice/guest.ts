// The bench inside the virtual machine of test/vm, on cgroup v2: what measureAll does, with executables that were built outside. in-vm.ts
// puts it there.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { found } from '../../src/model/reading.ts';
import { plans } from './measure.ts';
import { measureAll } from './measure-all.ts';
import { realPrograms } from './real-programs.ts';
import { shapes } from './shapes.ts';

const {
  names,
  tool,
  paths,
}: { readonly names: readonly string[]; readonly tool: string; readonly paths: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync('/job/advice.json', 'utf8'),
);
// busybox's has no --pdeathsig, which scripts/child.ts gives first: here everything ends with the machine
writeFileSync('/run/setpriv', '#!/bin/sh\nshift 3\nexec "$@"\n', { mode: 0o755 });
process.env.PATH = `/run:${process.env.PATH}`;
mkdirSync('/data/work');
mkdirSync('/out/measured');
const subjects = [...shapes, ...realPrograms].filter(({ name }) => names.includes(name));
const failures = await measureAll(
  subjects,
  { folder: '/data/work', tool, locate: ({ name }) => found(paths[name] ?? tool), plan: plans.virtual, say: (text) => console.log(text) },
  (measured) => writeFileSync(`/out/measured/${measured.name}.json`, JSON.stringify(measured)),
);
writeFileSync('/out/failures.json', JSON.stringify(failures));
process.exit(0);
