import type { Server } from 'node:http';
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import { descriptorShares } from '../../descriptors.ts';
import { answer, securityHeaders, text } from './answer.ts';
import { admitConnections } from './connections.ts';
import type { Deps, RouteDeps } from './deps.ts';
import { forOwnHost, ownHost } from './own-host.ts';
import { createPageTurns } from './page-turns.ts';
import { failed, noSuchPage, refuseMalformed } from './refuse.ts';
import { routes } from './routes/index.ts';

/**
 * The server of memgap's pages, not listening yet (`listen` of listen.ts does that). Each page is made from the last snapshots: whoever can
 * reach the port can make memgap print, not read. GET routes answer HEAD too.
 */
export function createServer(deps: Deps): FastifyInstance {
  const app: FastifyInstance = fastify({
    // without stubs fastify loads ajv and fast-json-stringify, megabytes that no route uses (docs/footprint.md)
    schemaController: { compilersFactory: { buildValidator: noSchema, buildSerializer: noSchema } },
    bodyLimit: 1024, // no route reads a body
    http: { headersTimeout: 5_000, connectionsCheckingInterval: 1_000 }, // a head takes one packet; node looks every 30 s unless told
    requestTimeout: 10_000,
    connectionTimeout: 30_000, // a client that stops reading its answer
    keepAliveTimeout: 75_000, // longer than the usual scrape intervals, so that Prometheus keeps its connection
    return503OnClosing: false, // a request that came before the end of a drain is answered as ever
    frameworkErrors: (error, request, reply) => void failed(error, request, reply, deps.log),
    clientErrorHandler(error, socket) {
      if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') connections.gaveUp();
      refuseMalformed(error, socket);
    },
  });
  const connections = admitConnections(app.server, descriptorShares().served);
  const own = ownHost(deps.externalHosts);
  const pages = createPageTurns();
  const making = new Map<FastifyRequest, () => void>();
  leaveOutCut(app.server);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, _body, done) => done(null));
  app.addHook('onRequest', async (_request, reply) => void reply.headers(securityHeaders));
  app.addHook('onRequest', async (request, reply) => {
    if (!forAnyHost(request) && !forOwnHost(request.raw, own)) return answer(request, reply, notHere);
  });
  // once the whole request is there: a body that does not come holds up nobody's page
  app.addHook('preHandler', async (request, reply) => {
    if (isProbe(request) || isScrape(request)) return; // which cost little, however many ask
    const made = await pages.next();
    if (request.raw.socket.destroyed) {
      made();
      return reply.hijack(); // cut while it waited
    }
    making.set(request, made);
    reply.raw.once('close', () => pageIsMade(request)); // whatever comes between
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    pageIsMade(request);
    const isCounted = !isScrape(request) && (typeof payload === 'string' || Buffer.isBuffer(payload)); // a scrape counts its pieces itself
    const bytes = isCounted ? Buffer.byteLength(payload) : 0;
    connections.answering(request.raw.socket, bytes, reply.statusCode < 400 && forAnyHost(request));
    done(null, payload);
  });
  app.addHook('preClose', async () => connections.drain());
  app.setNotFoundHandler(noSuchPage);
  app.setErrorHandler<Error>((error, request, reply) => failed(error, request, reply, deps.log));
  const routeDeps: RouteDeps = {
    ...deps,
    self: { ...deps.self, connections: connections.figures },
    answering: (request, bytes) => connections.answering(request.raw.socket, bytes, true),
  };
  for (const { add } of routes) add(app, routeDeps);
  return app;

  function pageIsMade(request: FastifyRequest): void {
    making.get(request)?.();
    making.delete(request);
  }

  function isScrape({ routeOptions: { url } }: FastifyRequest): boolean {
    return url === deps.telemetryPath;
  }

  function isProbe({ routeOptions: { url } }: FastifyRequest): boolean {
    return url?.startsWith('/-/') ?? false;
  }

  /** Scrapes and probes come by names that memgap can't know; what they get is told to whoever reaches the port. */
  function forAnyHost(request: FastifyRequest): boolean {
    return isScrape(request) || isProbe(request) || request.routeOptions.url === '/probe';
  }
}

const notHere = text('not a host of memgap: use its IP address or localhost, or start it with --web.external-host=NAME', 421);

/** Whoever sends many requests at once is cut at one of them, and node hands on the others all the same. */
function leaveOutCut(server: Server): void {
  const answerIt = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    for (const each of answerIt) if (!request.socket.destroyed) each.call(server, request, response);
  });
}

function noSchema(): never {
  throw new Error('a route has a schema: memgap leaves out the compilers for them');
}
