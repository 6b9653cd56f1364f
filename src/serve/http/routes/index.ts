import type { FastifyInstance } from 'fastify';
import type { RouteDeps } from '../deps.ts';
import { apiRoutes } from './api.ts';
import { explainRoute } from './explain.ts';
import { landingRoute } from './landing.ts';
import { healthRoutes, reloadRoute } from './management.ts';
import { metricsRoute, probeRoute } from './metrics.ts';

/** Some pages, and where they are. */
export interface Route {
  /** Their paths, or what these begin with: `--web.telemetry-path` may not be there. None where the flag itself says where they are. */
  readonly below: readonly string[];
  readonly add: (app: FastifyInstance, deps: RouteDeps) => void;
}

/** Every route. Adding one is writing it and naming it here. */
export const routes: readonly Route[] = [
  { below: [], add: metricsRoute },
  { below: ['/probe'], add: probeRoute },
  { below: ['/explain'], add: explainRoute },
  { below: ['/api'], add: apiRoutes },
  { below: ['/-'], add: healthRoutes },
  { below: ['/-'], add: reloadRoute },
  { below: [], add: landingRoute }, // not there where the metrics are at `/`
];

/** What is wrong with a `--web.telemetry-path`, as one line that names the flag; `undefined` if nothing is. */
export function telemetryPathProblem(path: string): string | undefined {
  if (!/^\/[\w./~-]*$/.test(path)) return '--web.telemetry-path must start with / and hold only letters, digits and . _ ~ - /';
  const clash = routes.flatMap(({ below }) => below).find((prefix) => path === prefix || path.startsWith(`${prefix}/`));
  return clash && `--web.telemetry-path must not be ${clash} or below it: memgap has other pages there`;
}
