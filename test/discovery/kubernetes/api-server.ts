import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { found, missing, type Reading } from '../../../src/model/reading.ts';
import type { Endpoint } from '../../../src/model/target.ts';
import { bytes } from '../../../src/model/units.ts';
import { folder } from '../../kernel/process/processes.ts';
import { started } from '../../net/loopback.ts';

/** A pod as the test's API server tells it. */
export interface ApiPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly ip?: string;
  /** Ids by name. */
  readonly containers: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What plays the API server: HTTPS, a token, two calls. */
export interface ApiServer {
  readonly endpoint: Endpoint;
  readonly url: string;
  readonly tokenFile: string;
  readonly caFile: string;
  pods: readonly ApiPod[];
  /** Replaces the token: the one before is refused from now on. */
  rotate(token: string, write?: boolean): void;
  /** Answers instead of it, until it is `undefined` again. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** How many pods stand on one page. */
  pageSize: number;
  /** Lines `METHOD path?query` of what was asked since the last call. */
  asked(): readonly string[];
}

/** Starts one on loopback, with a certificate of its own; else a detail fit for `t.skip`. */
export async function startApi(t: TestContext): Promise<Reading<ApiServer>> {
  const place = folder(t);
  const file = (name: string) => join(place, name);
  try {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file('key.pem')];
    const names = ['-subj', '/CN=kubernetes', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...key, '-out', file('ca.crt'), ...names], { stdio: 'pipe' });
  } catch (error) {
    return missing('unsupported', `openssl can't make keys here: ${error}`);
  }
  let token = 'first-token';
  let requests: string[] = [];
  const server = createServer({ key: readFileSync(file('key.pem')), cert: readFileSync(file('ca.crt')) }, (request, response) => {
    requests.push(`${request.method} ${decodeURIComponent(request.url ?? '')}`);
    if (api.answer !== undefined) return api.answer(request, response);
    const authorized = request.headers.authorization === `Bearer ${token}`;
    const answer = authorized ? answerOf(new URL(request.url ?? '/', 'https://x'), api) : { status: 401, body: { kind: 'Status' } };
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  });
  const { url, endpoint } = await started(t, server, 'https');
  const tokenFile = file('token');
  const api: ApiServer = {
    url,
    tokenFile,
    caFile: file('ca.crt'),
    endpoint: endpoint({
      authorization: { type: 'Bearer', credentials: { file: tokenFile } },
      tls: { caFile: file('ca.crt'), insecureSkipVerify: false },
      bodySizeLimit: bytes(8 * 1024 * 1024),
    }),
    pods: [],
    pageSize: 100,
    answer: undefined,
    rotate(next, write = true) {
      token = next;
      if (write) writeFileSync(tokenFile, `${next}\n`);
    },
    asked() {
      const before = requests;
      requests = [];
      return before;
    },
  };
  api.rotate(token);
  return found(api);
}

function answerOf({ pathname, searchParams }: URL, { pods, pageSize }: ApiServer): { readonly status: number; readonly body: object } {
  if (pathname === '/api/v1/pods') {
    const begin = Number(searchParams.get('continue') ?? 0);
    const end = begin + pageSize;
    const metadata = end < pods.length ? { continue: String(end) } : {};
    return {
      status: 200,
      body: { kind: 'PartialObjectMetadataList', metadata, items: pods.slice(begin, end).map((pod) => ({ metadata: metadataOf(pod) })) },
    };
  }
  const pod = pods.find(({ namespace, name }) => pathname === `/api/v1/namespaces/${namespace}/pods/${name}`);
  if (pod === undefined) return { status: 404, body: { kind: 'Status' } };
  const containerStatuses = Object.entries(pod.containers).map(([name, id]) => ({ name, containerID: `containerd://${id}` }));
  return { status: 200, body: { kind: 'Pod', metadata: metadataOf(pod), status: { podIP: pod.ip, containerStatuses } } };
}

function metadataOf({ namespace, name, uid, annotations }: ApiPod): object {
  return { namespace, name, uid, annotations };
}
