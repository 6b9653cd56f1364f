import type { FastifyInstance } from 'fastify';
import { answer, text } from '../answer.ts';
import type { Deps } from '../deps.ts';

/**
 * `/-/healthy` and `/-/ready`, for probes. Neither depends on a target: a sidecar that is restarted because its neighbor is down
 * would lose the history it is there for.
 */
export function healthRoutes(app: FastifyInstance, { stopping }: Deps): void {
  app.get('/-/healthy', async (request, reply) => answer(request, reply, text('memgap is healthy.')));
  app.get('/-/ready', async (request, reply) =>
    answer(request, reply, stopping() ? text('memgap is stopping.', 503) : text('memgap is ready.')),
  );
}
