import assert from 'node:assert/strict';
import { copyFileSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type TestContext, test } from 'node:test';
import { inClusterApi } from '../../../src/discovery/kubernetes/in-cluster.ts';
import { createPodNames, type PodNames } from '../../../src/discovery/kubernetes/pod-names.ts';
import type { ContainerIdentity } from '../../../src/kernel/cgroup/container-identity.ts';
import { type ApiPod, type ApiServer, startApi } from './api-server.ts';

const list = 'GET /api/v1/pods?fieldSelector=spec.nodeName=worker-1&limit=250&resourceVersion=0';

interface Asking {
  readonly api: ApiServer;
  readonly names: PodNames;
  /** `namespace/pod/container` of each container that is known, by the number of its pod. */
  lookUp(...pods: readonly ApiPod[]): Promise<readonly (string | undefined)[]>;
  pass(seconds: number): void;
}

async function asking(t: TestContext): Promise<Asking | undefined> {
  const api = await startApi(t);
  if (!api.ok) {
    t.skip(api.detail);
    return undefined;
  }
  let now = 1000;
  const names = createPodNames({ nodeName: 'worker-1', api: api.value.endpoint }, {}, () => now);
  return {
    api: api.value,
    names,
    async lookUp(...pods) {
      const known = await names.lookUp(pods.map(identityOf), AbortSignal.timeout(10_000));
      return pods.map((pod) => {
        const name = known.get(idOf(pod));
        return name && `${name.namespace}/${name.pod}/${name.container}`;
      });
    },
    pass(seconds) {
      now += seconds;
    },
  };
}

async function* blanks(mebibytes: number): AsyncIterable<Buffer> {
  for (let count = 0; count < mebibytes; count += 1) yield Buffer.alloc(1024 * 1024, ' ');
}

function pod(number: number, container = number, name = `operator-${number}`): ApiPod {
  const digits = String(number).padStart(12, '0');
  const id = String(container).padStart(64, '0');
  return { namespace: 'shop', name, uid: `5c3f9a1e-7b2d-4e6f-8a90-${digits}`, ip: `10.0.0.${number}`, containers: { manager: id } };
}

function idOf({ containers }: ApiPod): string {
  return containers.manager ?? '';
}

function identityOf(of: ApiPod): ContainerIdentity {
  return { containerId: idOf(of), podUid: of.uid, runtime: 'cri-containerd', qos: 'burstable' };
}

test('one list and one get for each pod in question; then nothing is asked any more', async (t) => {
  const asked = await asking(t);
  if (asked === undefined) return;
  const { api, names, lookUp, pass } = asked;
  api.pods = [pod(1), pod(2), pod(3)];

  assert.deepEqual(await lookUp(pod(1), pod(3)), ['shop/operator-1/manager', 'shop/operator-3/manager']);
  assert.deepEqual(api.asked(), [list, 'GET /api/v1/namespaces/shop/pods/operator-1', 'GET /api/v1/namespaces/shop/pods/operator-3']);
  pass(3600);
  assert.deepEqual(await lookUp(pod(3), pod(1)), ['shop/operator-3/manager', 'shop/operator-1/manager']);
  assert.deepEqual(api.asked(), []);
  assert.equal(names.state().last?.ok, true);
});

test('a container that was restarted takes one get; a new pod one list', async (t) => {
  const asked = await asking(t);
  if (asked === undefined) return;
  const { api, lookUp, pass } = asked;
  api.pods = [pod(1), pod(2)];
  await lookUp(pod(1));
  api.asked();
  const again = pod(1, 101);
  api.pods = [again, pod(2)];
  pass(15);

  assert.deepEqual(await lookUp(again), ['shop/operator-1/manager']);
  assert.deepEqual(api.asked(), ['GET /api/v1/namespaces/shop/pods/operator-1']);
  assert.deepEqual(await lookUp(again, pod(2)), ['shop/operator-1/manager', 'shop/operator-2/manager']);
  assert.deepEqual(api.asked(), ['GET /api/v1/namespaces/shop/pods/operator-2'], 'it stood on the list before');
  api.pods = [again, pod(2), pod(3)];
  assert.deepEqual(await lookUp(again, pod(3)), ['shop/operator-1/manager', 'shop/operator-3/manager']);
  assert.deepEqual(api.asked(), [list, 'GET /api/v1/namespaces/shop/pods/operator-3']);
});

test('a pod of the same name and another uid is another pod', async (t) => {
  const asked = await asking(t);
  if (asked === undefined) return;
  const { api, lookUp, pass } = asked;
  api.pods = [pod(1, 1, 'operator')];
  await lookUp(pod(1, 1, 'operator'));
  api.pods = [pod(2, 2, 'operator')];
  // the old one's container is looked for again under a uid that has gone
  assert.deepEqual(await lookUp(pod(1, 7, 'operator')), [undefined]);
  pass(15);
  assert.deepEqual(await lookUp(pod(2, 2, 'operator')), ['shop/operator/manager']);
});

test('a list of many pages is read to its end, and a page that has expired begins it anew', async (t) => {
  const asked = await asking(t);
  if (asked === undefined) return;
  const { api, lookUp } = asked;
  api.pods = Array.from({ length: 23 }, (_, index) => pod(index + 1));
  api.pageSize = 10;
  let expired = 0;
  api.answer = (request, response) => {
    api.answer = undefined;
    expired += 1;
    assert.equal(request.url?.includes('continue'), false);
    response.writeHead(410).end('{"kind":"Status","reason":"Expired"}');
  };

  assert.deepEqual(await lookUp(pod(23)), ['shop/operator-23/manager']);
  assert.equal(expired, 1);
  const lines = api.asked().map((line) => line.replace('fieldSelector=spec.nodeName=worker-1&limit=250&', ''));
  assert.deepEqual(lines, [
    'GET /api/v1/pods?resourceVersion=0',
    'GET /api/v1/pods?resourceVersion=0',
    'GET /api/v1/pods?continue=10',
    'GET /api/v1/pods?continue=20',
    'GET /api/v1/namespaces/shop/pods/operator-23',
  ]);
});

test('a list without end is left', async (t) => {
  const asked = await asking(t);
  if (asked === undefined) return;
  const { api, names, lookUp } = asked;
  api.answer = (_, response) => response.end(JSON.stringify({ kind: 'PodList', metadata: { continue: 'x' }, items: [] }));

  assert.deepEqual(await lookUp(pod(1)), [undefined]);
  const { last, errors } = names.state();
  assert.equal(last?.ok === false && last.reason, 'too-large');
  assert.deepEqual([...errors], [['too-large', 1]]);
});

test('the token is read anew for every request: one that was rotated goes on working', async (t) => {
  const asked = await asking(t);
  if (asked === undefined) return;
  const { api, names, lookUp, pass } = asked;
  api.pods = [pod(1), pod(2), pod(3)];
  await lookUp(pod(1));
  api.rotate('second-token');
  assert.deepEqual(await lookUp(pod(1), pod(2)), ['shop/operator-1/manager', 'shop/operator-2/manager']);

  api.rotate('third-token', false); // revoked, and the file is late
  assert.deepEqual(await lookUp(pod(1), pod(2), pod(3)), ['shop/operator-1/manager', 'shop/operator-2/manager', undefined]);
  const { last } = names.state();
  assert.ok(last?.ok === false && last.reason === 'unauthorized');
  assert.match(last.detail, /HTTP 401; the API server does not accept the token: it has expired/);
  assert.doesNotMatch(last.detail, /get and list|basic_auth/);
  assert.doesNotMatch(last.detail, /second-token/);
  api.rotate('third-token');
  pass(6);
  assert.deepEqual((await lookUp(pod(1), pod(2), pod(3)))[2], 'shop/operator-3/manager');
  rmSync(api.tokenFile);
  pass(600);
  await lookUp(pod(4));
  assert.equal(names.state().last?.ok, false);
});

test('a server that refuses or is overloaded is asked more and more seldom, and the names known stay', async (t) => {
  const asked = await asking(t);
  if (asked === undefined) return;
  const { api, names, lookUp, pass } = asked;
  api.pods = [pod(1)];
  await lookUp(pod(1));
  for (const [status, reason] of [
    [403, 'unauthorized'],
    [429, 'unreachable'],
    [503, 'unreachable'],
  ] as const) {
    api.answer = (_, response) => response.writeHead(status, { 'retry-after': '1' }).end();
    pass(600);
    api.asked();
    for (let second = 0; second < 60; second += 1) {
      assert.deepEqual(await lookUp(pod(1), pod(2)), ['shop/operator-1/manager', undefined]);
      pass(1);
    }
    const { last } = names.state();
    assert.ok(last?.ok === false);
    assert.equal(last.reason, reason);
    assert.equal(/needs get and list of pods/.test(last.detail), status === 403, last.detail);
    assert.ok(api.asked().length <= 4, 'at 0, 5, 15 and 35 seconds');
  }
  api.answer = undefined;
  api.pods = [pod(1), pod(2)];
  pass(300);
  assert.deepEqual(await lookUp(pod(1), pod(2)), ['shop/operator-1/manager', 'shop/operator-2/manager']);
});

test('pods that the server does not know do not make it list again and again, nor hold up a new one', async (t) => {
  const asked = await asking(t);
  if (asked === undefined) return;
  const { api, lookUp, pass } = asked;
  for (let round = 0; round < 40; round += 1) {
    await lookUp(pod(9));
    pass(15);
  }
  assert.ok(api.asked().length <= 8, 'the pauses double, up to 5 minutes');
  api.pods = [pod(1)];
  assert.deepEqual(await lookUp(pod(9), pod(1)), [undefined, 'shop/operator-1/manager']);
});

test('a slow, a huge and a hostile answer are three failures, each in time and in bounds', async (t) => {
  const asked = await asking(t);
  if (asked === undefined) return;
  const { api, names, pass } = asked;
  const wanted = [identityOf(pod(1))];
  const lastReason = () => {
    const { last } = names.state();
    return last?.ok === false && last.reason;
  };

  api.answer = (_, response) => void response.write('{');
  assert.equal((await names.lookUp(wanted, AbortSignal.timeout(100))).size, 0);
  assert.equal(lastReason(), 'timeout');

  api.answer = (_, response) => void pipeline(Readable.from(blanks(20)), response).catch(() => {});
  pass(600);
  assert.equal((await names.lookUp(wanted, AbortSignal.timeout(60_000))).size, 0);
  assert.equal(lastReason(), 'too-large');

  for (const body of [
    '<html>',
    '[[[[',
    `{"kind":"PodList","items":[{"metadata":{"namespace":"../..","name":"x","uid":"${pod(1).uid}"}}]}`,
  ]) {
    api.answer = (_, response) => response.end(body);
    pass(600);
    assert.equal((await names.lookUp(wanted, AbortSignal.timeout(10_000))).size, 0);
  }
  assert.ok(api.asked().every((line) => !line.includes('..')));
});

test("an authority that is not the server's is no server to give the token to", async (t) => {
  const asked = await asking(t);
  const stranger = await startApi(t);
  if (asked === undefined || !stranger.ok) return;
  const { api, names, lookUp } = asked;
  copyFileSync(stranger.value.caFile, api.caFile);

  assert.deepEqual(await lookUp(pod(1)), [undefined]);
  const { last } = names.state();
  assert.ok(last?.ok === false && last.reason === 'unreachable', JSON.stringify(last));
  assert.match(last.detail, /not trusted/);
  assert.deepEqual(api.asked(), []);
});

test('without a name of the node or an API server nothing is asked, and what is missing is said', async () => {
  const outside = createPodNames({}, {}, () => 0);
  assert.equal((await outside.lookUp([identityOf(pod(1))], AbortSignal.timeout(100))).size, 0);
  const { last } = outside.state();
  assert.ok(last?.ok === false && last.reason === 'disabled');
  assert.match(last.detail, /discovery\.kubernetes\.api/);

  const environment = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
  const { last: nameless } = createPodNames({}, environment, () => 0).state();
  assert.ok(nameless?.ok === false && /NODE_NAME/.test(nameless.detail));
  assert.equal(createPodNames({}, { ...environment, NODE_NAME: 'worker-1' }, () => 0).state().last, undefined);
});

test('in a pod the API server is the one that the environment tells, IPv6 too', () => {
  const read = (host: string, port: string) => inClusterApi({ KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port });
  const four = read('10.96.0.1', '443');
  assert.ok(four.ok);
  assert.equal(four.value.url, 'https://10.96.0.1:443');
  assert.deepEqual(four.value.authorization?.credentials, { file: '/var/run/secrets/kubernetes.io/serviceaccount/token' });
  const six = read('fd00::1', '6443');
  assert.ok(six.ok && six.value.url === 'https://[fd00::1]:6443');
  for (const [host, port] of [
    ['', '443'],
    ['evil/x', '443'],
    ['a@b', '443'],
    ['x', '443/'],
    ['x', '99999'],
  ] as const) {
    assert.equal(read(host, port).ok, false, `${host} ${port}`);
  }
});
