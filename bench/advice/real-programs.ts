import { type Program, programs } from '../../acceptance/accuracy/programs.ts';
import { sendAll } from './send-all.ts';
import type { Subject } from './subject.ts';

/** Programs of Debian's, and how many requests in how many seconds are their load. */
const loads = {
  prometheus: { count: 400, seconds: 8 },
  'prometheus-3.5': { count: 400, seconds: 8 },
  'node-exporter': { count: 300, seconds: 6 },
  caddy: { count: 600, seconds: 6 },
  etcd: { count: 1500, seconds: 8 },
  alertmanager: { count: 400, seconds: 6 },
  'victoria-metrics': { count: 400, seconds: 8 },
} as const;

/** A program of Debian's, and where test/programs.ts finds it. */
export type RealProgram = Subject & { readonly of: Program['name'] };

/** The programs of acceptance/accuracy that are tried, under the same requests. */
export const realPrograms: readonly RealProgram[] = programs.flatMap(({ name, run, load }) => {
  const amount = Object.entries(loads).find(([each]) => each === name)?.[1];
  if (amount === undefined) return [];
  return [
    {
      name,
      of: name,
      kind: 'of Debian, under load',
      launch: ({ folder, port, other }) => {
        const { args, files, environment, directory, ready, pprof } = run({ folder, port, other });
        return {
          args,
          ...(files && { texts: files }),
          ...(environment && { environment }),
          ...(directory !== undefined && { directory }),
          ready: `http://127.0.0.1:${port}${ready}`,
          pprof,
        };
      },
      load: ({ port }, signal) => sendAll(`127.0.0.1:${port}`, amount, load, signal),
    },
  ];
});
