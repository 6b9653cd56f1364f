import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { answer, type Child, freePort, startChild } from '../../scripts/child.ts';
import { differences } from './compare-page.ts';
import { documentOf, type Looking, type Observation, type Subject } from './observe.ts';

/** A look as `memgap serve` publishes it, and where its two pages do not say the same. */
export interface ServedLook {
  readonly seen: Observation;
  readonly differences: readonly string[];
}

const tsx = import.meta.resolve('tsx');
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const firstPoll = 60_000; // milliseconds; the machine may be busy

/** Lets a `memgap serve` of its own look once, and reads that look from /metrics and from /api/v1/ledger. */
export async function observeServed({ name, pid, pprof }: Subject, { memoryReads }: Looking): Promise<ServedLook> {
  const port = await freePort();
  const target = [`--target.name=${name}`, `--target.pid=${pid}`, `--target.pprof=${pprof}`, '--poll.interval=1h', '--poll.timeout=10s'];
  const flags = [
    ...target,
    ...(memoryReads ? ['--process.memory-reads'] : []),
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ];
  const child = await startChild('memgap', process.execPath, ['--import', tsx, main, 'serve', ...flags]);
  try {
    const page = await polledPage(child, `http://127.0.0.1:${port}/metrics`);
    const ledger = await answer(child, `http://127.0.0.1:${port}/api/v1/ledger?target=${encodeURIComponent(name)}`);
    const seen = documentOf(ledger);
    return { seen, differences: differences(page, seen) };
  } finally {
    await child.stop();
  }
}

/** The page once it has the only poll; what is missing in it is for the comparison to tell. */
async function polledPage(child: Child, url: string): Promise<string> {
  const deadline = Date.now() + firstPoll;
  for (;;) {
    const page = await answer(child, url);
    if (/^memgap_target_up\{.*\} [01]$/m.test(page)) return page;
    if (Date.now() > deadline) throw new Error(`memgap serve has not polled its target in ${firstPoll / 1000} s`);
    await sleep(100);
  }
}
