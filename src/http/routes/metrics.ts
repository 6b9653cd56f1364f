import type { FastifyInstance } from 'fastify';
import { metricsPage } from '../../metrics/page.ts';
import { measureSelf } from '../../metrics/self.ts';
import { answer } from '../answer.ts';
import type { Deps } from '../deps.ts';

/** `/metrics`, or where `--web.telemetry-path` says: every target, and memgap itself. */
export function metricsRoute(app: FastifyInstance, { targets, self, telemetryPath }: Deps): void {
  app.get(telemetryPath, async (request, reply) => {
    const page = await metricsPage({ targets: targets.all(), self: await measureSelf(self) }, request.headers.accept);
    return answer(request, reply, { type: page.contentType, body: page.body });
  });
}

const taken = ['/probe', '/explain', '/api', '/-'];

/** What is wrong with a `--web.telemetry-path`, as one line that names the flag; `undefined` if nothing is. */
export function telemetryPathProblem(path: string): string | undefined {
  if (!/^\/[\w./~-]*$/.test(path)) return '--web.telemetry-path must start with / and hold only letters, digits and . _ ~ - /';
  const clash = taken.find((prefix) => path === prefix || path.startsWith(`${prefix}/`));
  return clash && `--web.telemetry-path must not be ${clash} or below it: memgap has other pages there`;
}
