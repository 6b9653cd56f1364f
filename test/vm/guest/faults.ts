import { once } from 'node:events';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { follow, look } from './look.ts';
import type { Keep } from './main.ts';
import { mib, watching, withPod } from './pod.ts';

/** What goes wrong beside a memgap that runs on: for each fault the time, and the pages until memgap has it right. */
export async function faults(keep: Keep): Promise<void> {
  await withPod('faults', async (pod) => {
    const spec = { id: 'operator', lab: 'go-newest', port: 6080, limit: 192 * mib } as const;
    const operator = await pod.operator(spec);
    const serve = await pod.serve('memgap', 9780, watching(operator));
    keep('faults/before.json', await look(serve, operator));

    async function fault(name: string, happen: () => Promise<void>, isSo: (page: string) => boolean): Promise<void> {
      await happen();
      const at = Date.now() / 1000;
      keep(`faults/${name}.json`, { at, pages: await follow(serve, isSo) });
    }

    await fault(
      'limit-changed',
      async () => writeFileSync(`${operator.group}/memory.max`, String(256 * mib)),
      (page) => page.includes(`memgap_cgroup_limit_bytes{target="operator"} ${256 * mib}\n`),
    );

    await fault(
      'child-killed',
      async () => {
        copyFileSync('/images/go-newest/lab', '/images/go-newest/greedy'); // under another name, for memgap finds the operator by its own
        const child = operator.exec(['/images/greedy', '-listen', '127.0.0.1:6081']);
        const end = once(child, 'close');
        await once(child.stdout ?? child, 'data');
        await Promise.race([fetch('http://127.0.0.1:6081/grow?mib=400').catch(() => undefined), end]);
        await end;
        keep('faults/child-killed-events.json', readFileSync(`${operator.group}/memory.events`, 'utf8'));
      },
      (page) => /^memgap_cgroup_events_total\{event="oom_kill",.*\} 1$/m.test(page),
    );

    await fault('operator-killed', operator.kill, (page) => page.includes('memgap_target_up{target="operator"} 0\n'));

    let next = operator;
    await fault(
      'operator-restarted',
      async () => {
        next = await pod.operator({ ...spec, limit: 320 * mib });
      },
      (page) =>
        page.includes('memgap_target_up{target="operator"} 1\n') && page.includes('memgap_target_restarts_total{target="operator"} 1\n'),
    );
    await look(serve, next); // its headroom was seen

    await fault(
      'operator-out-of-memory',
      async () => {
        await next.ask('/grow?mib=600').catch(() => undefined);
        await next.end;
      },
      (page) => page.includes('memgap_target_up{target="operator"} 0\n'),
    );
    keep('faults/last-sight.json', await serve.get('/api/v1/targets'));

    await fault(
      'operator-back',
      async () => {
        await pod.operator(spec);
      },
      (page) => page.includes('memgap_target_up{target="operator"} 1\n'),
    );
    keep('faults/explained.json', await serve.get('/explain'));
  });
}
