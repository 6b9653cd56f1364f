import type { TargetRecord } from './record.ts';

/** Records of discovered targets that are gone: a container that crashes in a loop is away for minutes, and its restarts count. */
export interface Retired {
  put(name: string, record: TargetRecord): void;
  take(name: string): TargetRecord | undefined;
}

/** kubelet's longest pause between two starts of a container is 5 minutes; some of them may be missed. */
const keptMilliseconds = 900_000;
const maxRecords = 1000;

/** Keeps nobody for longer than a quarter of an hour, and the latest thousand at most. */
export function createRetired(now = () => performance.now()): Retired {
  const records = new Map<string, { readonly record: TargetRecord; readonly until: number }>();

  function forget(): void {
    for (const [name, { until }] of records) if (until < now() || records.size > maxRecords) records.delete(name);
  }

  return {
    put(name, record) {
      records.delete(name);
      records.set(name, { record, until: now() + keptMilliseconds });
      forget();
    },
    take(name) {
      forget();
      const kept = records.get(name);
      records.delete(name);
      return kept?.record;
    },
  };
}
