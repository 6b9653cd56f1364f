import type { FastifyInstance } from 'fastify';
import { printable } from '../../../untrusted.ts';
import { type Answer, answer, text } from '../answer.ts';
import type { Deps } from '../deps.ts';
import { crossSite, ownHost } from '../own-host.ts';

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

/**
 * `POST /-/reload` (or PUT, as Prometheus has it): reads the configuration again; all of it or nothing. No page of another site may send
 * it.
 */
export function reloadRoute(app: FastifyInstance, deps: Deps): void {
  const own = ownHost(deps.externalHosts);
  app.route({
    method: ['POST', 'PUT'],
    url: '/-/reload',
    handler: async (request, reply) => answer(request, reply, crossSite(request.headers, own) ? refused : await reloaded(deps)),
  });
}

const refused = text(
  'refused: a page of another site sent this; for a page under a name of your own start memgap with --web.external-host=NAME',
  403,
);

async function reloaded({ lifecycle, reload }: Deps): Promise<Answer> {
  if (!lifecycle) {
    return text('reloading by HTTP is off: start memgap with --web.enable-lifecycle, or send it SIGHUP', 403);
  }
  if (reload === undefined) return text('nothing to reload: memgap was started without --config.file', 500);
  const result = await reload();
  if (result.ok) return text('the new configuration is in force');
  return text(
    ['the new configuration is bad, the one before stays in force:', ...result.problems.map((line) => printable(line))].join('\n'),
    500,
  );
}
