import type { FastifyInstance } from 'fastify';
import { metricsPage } from '../../metrics/page.ts';
import { answer, text } from '../answer.ts';
import type { Deps } from '../deps.ts';
import { askedTarget, namesOf } from '../which-target.ts';

/** `/probe?target=NAME`: the families of one configured target, without memgap's own. */
export function probeRoute(app: FastifyInstance, { targets }: Deps): void {
  app.get('/probe', async (request, reply) => {
    const asked = askedTarget(targets, request.query);
    if (!asked.ok) return answer(request, reply, text(asked.problem, asked.status));
    if (asked.state === undefined) return answer(request, reply, text(`name a target: /probe?target=NAME; ${namesOf(targets)}`, 400));
    const page = await metricsPage({ targets: [asked.state], self: undefined }, request.headers.accept);
    return answer(request, reply, { type: page.contentType, body: page.body });
  });
}
