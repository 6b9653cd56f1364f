import type { Keep } from './main.ts';
import { type LabName, mib, withPod } from './pod.ts';

/** So much is leaked, in MiB. */
const size = 64;

/**
 * One leak in a lab of its own, as the accuracy tables make it: memgap's look before and after it, the lab's word before and after that.
 */
export async function hugePages(keep: Keep, lab: LabName, leak: string, port: number): Promise<void> {
  const name = `${lab}-${leak}`;
  await withPod(name, async (pod) => {
    const operator = await pod.operator({ id: 'operator', lab, port, limit: 512 * mib });
    const url = `http://127.0.0.1:${port}/debug/pprof`;
    const explain = async (when: string) => {
      const { stdout } = await pod.memgap(when, [
        'explain',
        url,
        '--target.pid',
        String(operator.ownPid),
        '--json',
        '--poll.timeout',
        '15s',
      ]);
      return JSON.parse(stdout);
    };
    await operator.ask('/debug/pprof/heap?debug=1'); // the first profile makes the runtime allocate 1.4 MiB for good
    await operator.ask('/free');
    const before = await explain('before');
    const first = JSON.parse(await operator.ask(`/leak/${leak}?mib=${size}`));
    const after = await explain('after');
    const second = JSON.parse(await operator.ask('/truth'));
    keep(`huge-pages/${name}.json`, { lab, leak, mib: size, before, after, first, second });
  });
}
