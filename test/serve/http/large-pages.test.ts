import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage, request } from 'node:http';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { TargetState } from '../../../src/causes/state.ts';
import type { Deps } from '../../../src/serve/http/deps.ts';
import { listen, parseListenAddress } from '../../../src/serve/http/listen.ts';
import { readExposition } from '../metrics/exposition.ts';
import { fullSnapshot, stateOf } from '../metrics/states.ts';
import { served } from './served.ts';

const one = stateOf(fullSnapshot);

/** So many targets, 10 KB of metrics each; `onErrors` is called when the errors of one are printed, which is near the end of the page. */
function targets(count: number, onErrors: () => void = () => {}): readonly TargetState[] {
  return Array.from({ length: count }, (_, index) => ({
    ...one,
    name: `target-${index}`,
    get errors() {
      onErrors();
      return one.errors;
    },
  }));
}

async function serving(t: TestContext, states: readonly TargetState[], rest: Partial<Deps> = {}): Promise<string> {
  const result = await listen(
    served(states, rest),
    ['127.0.0.1:0'].flatMap((text) => parseListenAddress(text) ?? []),
  );
  assert.ok(result.ok);
  t.after(() => result.value.close(0));
  return `http://${result.value.addresses[0]}/metrics`;
}

async function answered(t: TestContext, url: string, headers: Readonly<Record<string, string>> = {}): Promise<IncomingMessage> {
  const agent = new Agent();
  t.after(() => agent.destroy());
  const [response] = await once(get(url, { agent, headers }), 'response');
  return response;
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece);
  return Buffer.concat(pieces);
}

test('a page of many targets comes in pieces, whole, in each format, compressed or not, with what was so when it was begun', async (t) => {
  const url = await serving(t, targets(60));
  for (const accept of ['text/plain', 'application/openmetrics-text;version=1.0.0']) {
    for (const encoding of ['identity', 'gzip']) {
      const response = await answered(t, url, { accept, 'accept-encoding': encoding });
      assert.equal(response.headers['transfer-encoding'], 'chunked');
      assert.equal(response.headers['content-encoding'], encoding === 'gzip' ? 'gzip' : undefined);
      const body = await bodyOf(response);
      const read = readExposition(
        (encoding === 'gzip' ? gunzipSync(body) : body).toString(),
        accept.startsWith('text') ? 'text' : 'openmetrics',
      );
      assert.deepEqual(
        read.get('memgap_target_up')?.samples.map(({ labels }) => labels.target),
        targets(60).map(({ name }) => name),
      );
      assert.equal(read.get('memgap_book_source_info')?.samples.length, 180);
      assert.ok(read.has('memgap_build_info') && read.has('memgap_http_connections'));
    }
  }
});

test('a page that fits a piece has its length, for HEAD too, and a long one has a HEAD', async (t) => {
  for (const [count, hasLength] of [
    [1, true],
    [60, false],
  ] as const) {
    const url = await serving(t, targets(count));
    const asked = request(url, { method: 'HEAD', agent: new Agent() }).end();
    const [head] = await once(asked, 'response');
    const response = await answered(t, url);
    const body = await bodyOf(response);
    for (const { statusCode, headers } of [head, response]) {
      assert.equal(statusCode, 200);
      assert.equal('content-length' in headers, hasLength);
    }
    if (hasLength) assert.equal(Number(response.headers['content-length']), body.length);
    assert.equal((await bodyOf(head)).length, 0);
  }
});

test('nobody prints further than its client reads, and whoever does not read holds up nobody', async (t) => {
  let printed = 0;
  const states = targets(500, () => {
    printed += 1;
  });
  const url = await serving(t, states);
  const slow = await answered(t, url);
  await sleep(500);
  assert.equal(printed, 0, 'the end of 5 MB was printed for a client that takes none of it');
  const other = await bodyOf(await answered(t, url));
  assert.equal(printed, 500);
  assert.equal(readExposition(other.toString(), 'text').get('memgap_target_up')?.samples.length, 500);
  slow.destroy();
  await once(slow, 'close');
  await sleep(100);
  assert.equal(printed, 500, 'the rest was printed for a client that has gone');
});

test('a page that fails in the middle is cut off, and logged; one that fails before it is sent is a 500', async (t) => {
  const logged: string[] = [];
  const log = { error: (_: object, message: string) => void logged.push(message) };
  const bad = () => {
    throw new Error('bad');
  };
  const url = await serving(t, targets(200, bad), { log });
  for (const encoding of ['identity', 'gzip']) {
    const response = await answered(t, url, { 'accept-encoding': encoding });
    assert.equal(response.statusCode, 200);
    await assert.rejects(bodyOf(response), /aborted/);
  }
  assert.deepEqual(new Set(logged), new Set(['a page could not be made to its end: this is a bug in memgap, please report it']));
  assert.equal(logged.length, 2);
  const small = await answered(t, await serving(t, targets(1, bad), { log }));
  assert.equal(small.statusCode, 500);
  assert.match(logged[2] ?? '', /^a page could not be made: /);
});
