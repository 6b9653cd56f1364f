import type { FastifyInstance } from 'fastify';
import { printable } from '../../untrusted.ts';
import { type Answer, answer, text } from '../answer.ts';
import type { Deps } from '../deps.ts';

/** `POST /-/reload` (or PUT, as Prometheus has it): reads the configuration again; it is swapped whole or not at all. */
export function reloadRoute(app: FastifyInstance, deps: Deps): void {
  app.route({
    method: ['POST', 'PUT'],
    url: '/-/reload',
    handler: async (request, reply) => answer(request, reply, await reloaded(deps)),
  });
}

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
