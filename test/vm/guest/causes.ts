import { look } from './look.ts';
import type { Keep } from './main.ts';
import { mib, watching, withPod } from './pod.ts';

/** What is made, one after the other: causes that only cgroup v2 tells apart. */
const steps: Readonly<Record<string, string>> = {
  dentries: '/shape/dentries?mib=24',
  sockets: '/shape/sockets?mib=24',
};

/** Kernel memory of two kinds, made on purpose by an operator, and what memgap calls it. */
export async function causes(keep: Keep): Promise<void> {
  await withPod('causes', async (pod) => {
    const operator = await pod.operator({ id: 'operator', lab: 'go-newest', port: 6095, limit: 512 * mib });
    const serve = await pod.serve('memgap', 9795, watching(operator));
    await look(serve, operator); // the first profile makes the runtime allocate
    keep('causes/rest.json', await look(serve, operator));
    for (const [name, request] of Object.entries(steps)) {
      const truth = JSON.parse(await operator.ask(request));
      keep(`causes/${name}.json`, await look(serve, operator, truth));
    }
  });
}
