import type { FastifyRequest } from 'fastify';
import type { Targets } from '../../causes/state.ts';
import type { Self } from '../metrics/self.ts';

/** What the pages are made from. None of it reads a target: they show the last snapshots. */
export interface Deps {
  readonly targets: Targets;
  readonly self: Self;
  /** `--web.telemetry-path`, one that `telemetryPathProblem` has nothing against. */
  readonly telemetryPath: string;
  /** `--web.enable-lifecycle`: whether a request may reload the configuration. */
  readonly lifecycle: boolean;
  /** `--web.external-host`: names other than its own under which people know memgap. */
  readonly externalHosts: readonly string[];
  /** Absent when there is no configuration file to read again. */
  readonly reload?: () => Promise<Reloaded>;
  /** True from the first SIGTERM on: `/-/ready` then says no, all else is still served. */
  stopping(): boolean;
  readonly log: HttpLog;
}

/** What a route gets beside that. */
export interface RouteDeps extends Deps {
  /** To be called for each piece of an answer to a scrape that is not sent as a whole: how long it is. */
  answering(request: FastifyRequest, bytes: number): void;
}

/** What a reload came to; `problems` are one line each. The configuration before it stays in force, whole, when it was not `ok`. */
export type Reloaded = { readonly ok: true } | { readonly ok: false; readonly problems: readonly string[] };

/** Where a failure inside memgap is told; a pino logger is one. */
export interface HttpLog {
  error(fields: object, message: string): void;
}
