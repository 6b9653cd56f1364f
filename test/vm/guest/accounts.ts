import { readFileSync } from 'node:fs';
import { look } from './look.ts';
import type { Keep } from './main.ts';
import { mib, watching, withPod } from './pod.ts';

/** What the operator is asked to do, one after the other; each adds to what was there before. */
const steps: Readonly<Record<string, string>> = {
  anon: '/leak/mmap?mib=256', // Go's heap may take a huge page meanwhile: 2 MiB
  tmpfs: '/leak/tmpfs?mib=64',
  'page-cache': '/leak/file-shared?mib=64',
  locked: '/leak/locked?mib=32',
  'lazily-freed': '/leak/lazily-freed?mib=64',
};

/** The cgroup book of an operator at rest, and as each kind of memory is added to it. */
export async function accounts(keep: Keep): Promise<void> {
  readFileSync('/images/go-newest/lab'); // or its pages would be charged to the operator by and by, as it comes to run them
  await withPod('accounts', async (pod) => {
    const environment = { GODEBUG: 'madvdontneed=0' }; // Go gives back with MADV_FREE
    const operator = await pod.operator({ id: 'operator', lab: 'go-newest', port: 6070, limit: 1024 * mib, environment });
    const serve = await pod.serve('memgap', 9770, watching(operator));
    await look(serve, operator); // the first profile makes the runtime allocate
    await operator.ask('/leak/file-shared?mib=1'); // what a file system reads for the first file is charged to who writes it
    keep('accounts/rest.json', await look(serve, operator));
    for (const [name, request] of Object.entries(steps)) {
      const truth = JSON.parse(await operator.ask(request));
      keep(`accounts/${name}.json`, await look(serve, operator, truth));
    }
  });
}
