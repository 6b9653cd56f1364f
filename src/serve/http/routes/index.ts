import type { FastifyInstance } from 'fastify';
import type { RouteDeps } from '../deps.ts';
import { apiRoutes } from './api.ts';
import { explainRoute } from './explain.ts';
import { healthRoutes } from './health.ts';
import { landingRoute } from './landing.ts';
import { metricsRoute } from './metrics.ts';
import { probeRoute } from './probe.ts';
import { reloadRoute } from './reload.ts';

/** Some pages, and where they are. */
export interface Route {
  /** Their paths, or what these begin with: `--web.telemetry-path` may not be there. None where the flag itself says where they are. */
  readonly below: readonly string[];
  readonly add: (app: FastifyInstance, deps: RouteDeps) => void;
}

/** Every route, one file each. Adding one is writing it and naming it here. */
export const routes: readonly Route[] = [
  { below: [], add: metricsRoute },
  { below: ['/probe'], add: probeRoute },
  { below: ['/explain'], add: explainRoute },
  { below: ['/api'], add: apiRoutes },
  { below: ['/-'], add: healthRoutes },
  { below: ['/-'], add: reloadRoute },
  { below: [], add: landingRoute }, // not there where the metrics are at `/`
];
