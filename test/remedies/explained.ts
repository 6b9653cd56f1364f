import { memgap } from '../e2e/memgap.ts';

/** What memgap says of a process that serves pprof at `address`, as `explain --json` prints it. */
export async function explainJson(pid: number, address: string, ...more: readonly string[]) {
  const { code, stdout, stderr } = await memgap([
    'explain',
    '--json',
    '--target.pid',
    String(pid),
    '--target.pprof',
    `http://${address}/debug/pprof`,
    ...more,
  ]);
  if (code !== 0) throw new Error(`explain: exit code ${code}\n${stderr}`);
  return JSON.parse(stdout);
}
