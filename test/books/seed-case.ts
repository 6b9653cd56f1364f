import { readFileSync } from 'node:fs';
import { type Ledger, ledgerOf } from '../../src/books/ledger.ts';
import { found, known } from '../../src/model/reading.ts';
import { bytes, kib } from '../../src/model/units.ts';
import { snapshotWith } from '../snapshots.ts';

/** The case that memgap was born from, as published, with the figures that are to come of it. */
export interface SeedCase {
  readonly ledger: Ledger;
  readonly sys: number;
  /** By the names of `expected`. */
  readonly figures: Readonly<Record<string, number | undefined>>;
  readonly expected: Readonly<Record<string, number>>;
}

/** test/fixtures/seed-case.json, through the ledger. */
export function seedCase(): SeedCase {
  const seed = JSON.parse(readFileSync(new URL('../fixtures/seed-case.json', import.meta.url), 'utf8'));
  const m = seed.memstats;
  const ledger = ledgerOf(
    snapshotWith({
      goSource: 'pprof_heap',
      go: found({
        memstats: {
          sys: bytes(m.Sys),
          heapAlloc: bytes(m.HeapAlloc),
          heapSys: bytes(m.HeapSys),
          heapIdle: bytes(m.HeapIdle),
          heapInuse: bytes(m.HeapInuse),
          heapReleased: bytes(m.HeapReleased),
          stackInuse: bytes(m.StackInuse),
          stackSys: bytes(m.StackSys),
          mspanSys: bytes(m.MSpanSys),
          mcacheSys: bytes(m.MCacheSys),
          buckHashSys: bytes(m.BuckHashSys),
          gcSys: bytes(m.GCSys),
          otherSys: bytes(m.OtherSys),
          nextGc: bytes(m.NextGC),
          numGc: undefined,
        },
        goroutines: seed.goroutines,
      }),
      status: found({
        name: 'operator',
        vmRss: kib(seed.status.VmRSS_kib),
        vmHwm: undefined,
        rssAnon: kib(seed.status.VmRSS_kib - seed.status.shared_kib),
        rssFile: kib(seed.status.shared_kib), // top's SHR: RssFile + RssShmem, not told apart by the investigator
        rssShmem: kib(0),
        vmSwap: undefined,
        vmPte: undefined,
        threads: seed.status.threads,
      }),
    }),
  );
  return { ledger, sys: m.Sys, figures: figuresOf(ledger), expected: seed.expected };
}

function figuresOf({ go, rss, unexplained, anonBeyondGo }: Ledger): SeedCase['figures'] {
  const book = known(go);
  const resident = known(rss);
  const kinds = resident && known(resident.kinds)?.components;
  return {
    used: book?.used,
    reserved: book?.reserved,
    released: book?.released,
    fragmentation: book?.fragmentation,
    rss: resident?.total,
    unexplained: known(unexplained),
    rss_file_and_shmem: (kinds?.file ?? Number.NaN) + (kinds?.shmem ?? Number.NaN),
    rss_anon: kinds?.anon,
    anon_not_in_go_accounts_at_least: known(anonBeyondGo),
    metadata_with_work_buffers: book?.metadata,
  };
}
