import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../scripts/child.ts';
import type { Bench } from './bench.ts';
import { timedGet } from './http.ts';
import { type Command, commandOf } from './memgap.ts';
import { spreadOf } from './statistics.ts';
import { shown, times } from './table.ts';
import { bare, shipped } from './variants.ts';

const runs = 9;

/** From the start of the process to the first 200 on /metrics, beside the start and end of an empty node. */
export const startup: Bench = async ({ installation, nodes, say }) => {
  const rows: string[][] = [];
  for (const node of nodes) {
    say(`${node.version}: ${runs} starts of each`);
    const empty: Command = { command: node.command, args: ['-e', '0'], environment: {} };
    // what the image's ENTRYPOINT runs: the launcher's flags, without the launcher
    const entrypoint = commandOf(installation, node, { ...shipped });
    const ways: ReadonlyArray<readonly [string, () => Promise<number>]> = [
      ['node -e 0, to its end', () => toEnd(empty)],
      ['bin/memgap', () => toAnswer(commandOf(installation, node, shipped))],
      ['as the image starts it', () => toAnswer(entrypoint)],
      ['no flags', () => toAnswer(commandOf(installation, node, bare))],
    ];
    const found = ways.map(([label]) => ({ label, times: Array.of<number>() }));
    for (let run = 0; run < runs; run += 1) {
      for (const [index, [, measure]] of ways.entries()) found[index]?.times.push(await measure());
    }
    const baseline = spreadOf(found[0]?.times ?? []).median;
    for (const way of found) {
      const spread = spreadOf(way.times);
      rows.push([`${node.version} ${way.label}`, shown(spread), times(spread.median, baseline)]);
    }
  }
  return [
    {
      title: 'Start to the first 200 on /metrics',
      columns: ['node, how', 'ms', 'to node -e 0'],
      rows,
      notes: [
        `Median (least to most) of ${runs} runs, the ways in turn; asked every 2 ms. The aim is 3 x an empty node. bin/memgap runs \`node --version\` first.`,
      ],
    },
  ];
};

function begin({ command, args, environment }: Command, more: readonly string[]) {
  return spawn(command, [...args, ...more], { stdio: 'ignore', env: { ...process.env, ...environment } });
}

async function toEnd(command: Command): Promise<number> {
  const start = performance.now();
  await once(begin(command, []), 'exit');
  return performance.now() - start;
}

async function toAnswer(command: Command): Promise<number> {
  const port = await freePort();
  const start = performance.now();
  const child = begin(command, ['--target.pid', String(process.pid), '--web.listen-address', `127.0.0.1:${port}`]);
  const ended = once(child, 'exit');
  try {
    for (;;) {
      const status = await timedGet(`http://127.0.0.1:${port}/metrics`).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 200) return performance.now() - start;
      if (child.exitCode !== null || performance.now() - start > 20_000) throw new Error(`no memgap on port ${port}: ${command.command}`);
      await sleep(2);
    }
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}
