import { look } from './look.ts';
import type { Keep } from './main.ts';
import { mib, watching, withPod } from './pod.ts';

/** The story that memgap was born from: objects are made, deleted, made again and deleted again. */
export async function story(keep: Keep): Promise<void> {
  await withPod('story', async (pod) => {
    const operator = await pod.operator({ id: 'operator', lab: 'go-newest', port: 6090, limit: 512 * mib });
    const serve = await pod.serve('memgap', 9790, watching(operator));
    await look(serve, operator);
    keep('story/start.json', await look(serve, operator));
    for (const round of ['first', 'second']) {
      await operator.ask('/grow?mib=100&chunk=4');
      keep(`story/${round}-made.json`, await look(serve, operator));
      await operator.ask('/drop');
      await operator.ask('/gc');
      keep(`story/${round}-deleted.json`, await look(serve, operator));
    }
  });
}
