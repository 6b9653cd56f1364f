import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGoEndpoints, type GoEndpointsReader, type GoRead } from '../../src/poll/go-endpoints.ts';
import { createRecorder, type Recorder } from '../../src/poll/recorder.ts';
import { goServer, hangs, notFound } from './go-server.ts';

function recorder(): Recorder {
  return createRecorder((error) => assert.fail(String(error)));
}

/** One poll's first read, under a deadline. */
async function read(endpoints: GoEndpointsReader, deadline = 5000): Promise<GoRead & { readonly recorder: Recorder }> {
  const own = recorder();
  return { ...(await endpoints.read(own, AbortSignal.timeout(deadline))), recorder: own };
}

test('the cheapest endpoint is asked first, and no other when it answers', async (t) => {
  const server = await goServer(t);
  const { expvar, metrics, pprof } = server.endpoints;

  const { source, endpoint, reading } = await read(createGoEndpoints({ pprof, metrics, expvar }));
  assert.equal(source, 'expvar');
  assert.equal(endpoint, expvar);
  assert.ok(reading.ok);
  assert.deepEqual(server.asked(), ['expvar']);

  assert.equal((await read(createGoEndpoints({ pprof, metrics }))).source, 'metrics');
  assert.equal((await read(createGoEndpoints({ pprof }))).source, 'pprof_heap');
  assert.deepEqual(server.asked(), ['metrics', 'heap']);
});

test('when the cheapest has nothing the next one is asked, and the one that answered is kept', async (t) => {
  const server = await goServer(t);
  server.answer('expvar', notFound);
  server.answer('metrics', (_, response) => response.end('my_metric 1\n'));
  const endpoints = createGoEndpoints(server.endpoints);

  const first = await read(endpoints);
  assert.equal(first.source, 'pprof_heap');
  assert.deepEqual(
    first.recorder.failures.map(({ source, reason }) => `${source} ${reason}`),
    ['expvar not-found', 'metrics unsupported'],
  );
  server.answer('expvar', undefined);
  const second = await read(endpoints);
  assert.equal(second.source, 'pprof_heap');
  assert.deepEqual(Object.keys(second.recorder.outcomes), ['pprof_heap'], 'what was not tried has no outcome');
  assert.deepEqual(server.asked(), ['expvar', 'metrics', 'heap', 'heap']);
});

test('both sides of a bracket come from the source that answered', async (t) => {
  const server = await goServer(t);
  server.answer('expvar', notFound);
  const endpoints = createGoEndpoints(server.endpoints);

  const { recorder: own, source } = await read(endpoints);
  const again = await endpoints.again(own, AbortSignal.timeout(5000));

  assert.equal(source, 'metrics');
  assert.ok(again.ok);
  assert.deepEqual(server.asked(), ['expvar', 'metrics', 'metrics']);
});

test('an endpoint that fails is left out for longer and longer, and shown with its last reason meanwhile', async (t) => {
  const server = await goServer(t);
  server.answer('expvar', notFound);
  const endpoints = createGoEndpoints({ expvar: server.endpoints.expvar });

  const tried: boolean[] = [];
  for (let poll = 0; poll < 16; poll += 1) {
    const { recorder: own, reading, source } = await read(endpoints);
    tried.push(server.asked().length === 1);
    assert.equal(source, 'expvar');
    assert.equal(!reading.ok && reading.reason, 'not-found');
    assert.equal(own.outcomes.expvar?.ok, false);
    assert.equal(own.failures.length, tried.at(-1) ? 1 : 0, 'what was not tried is no failure');
  }
  assert.equal(tried.map((each) => (each ? 'x' : '.')).join(''), 'xx.x...x...x...x');

  server.answer('expvar', undefined);
  const back: boolean[] = [];
  while (back.at(-1) !== true) back.push((await read(endpoints)).reading.ok);
  assert.ok(back.length <= 4, `seen after ${back.length} polls`);
});

test('an endpoint that hiccups once is asked at the very next poll', async (t) => {
  const server = await goServer(t);
  const endpoints = createGoEndpoints(server.endpoints);
  await read(endpoints);
  server.answer('expvar', notFound);
  assert.equal((await read(endpoints)).reading.ok, false);
  server.answer('expvar', undefined);
  assert.equal((await read(endpoints)).reading.ok, true);
});

test('after ten polls without an answer from the kept one, all are looked at again, cheapest first', async (t) => {
  const server = await goServer(t);
  server.answer('expvar', notFound);
  const endpoints = createGoEndpoints(server.endpoints);
  assert.equal((await read(endpoints)).source, 'metrics');
  server.answer('metrics', notFound);
  server.answer('expvar', undefined);
  server.asked();

  let polls = 0;
  for (let answered = false; !answered; polls += 1) answered = (await read(endpoints)).reading.ok;

  const asked = [...server.asked()];
  assert.ok(polls > 10 && polls <= 14, `${polls} polls`);
  assert.equal(asked.pop(), 'expvar');
  assert.deepEqual([...new Set(asked)], ['metrics']);
});

test('an endpoint that takes all the time does not keep the others from being found', async (t) => {
  const server = await goServer(t);
  server.answer('expvar', hangs);
  const endpoints = createGoEndpoints(server.endpoints);

  const first = await read(endpoints, 200);
  assert.equal(!first.reading.ok && first.reading.reason, 'timeout');
  assert.deepEqual(Object.keys(first.recorder.outcomes), ['expvar'], 'what was not asked has no outcome');
  assert.equal((await read(endpoints)).source, 'metrics');
});

test('without an endpoint there is nothing to ask', async () => {
  const endpoints = createGoEndpoints({});
  const { source, reading } = await read(endpoints);
  assert.equal(source, undefined);
  assert.equal(!reading.ok && reading.reason, 'disabled');
  assert.equal((await endpoints.again(recorder(), AbortSignal.timeout(1000))).ok, false);
});
