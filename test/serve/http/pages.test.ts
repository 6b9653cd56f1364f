import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { ledgerDocument } from '../../../src/answer/document.ts';
import { found, missing } from '../../../src/model/reading.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import { createServer } from '../../../src/serve/http/server.ts';
import { runs } from '../../runs.ts';
import { readExposition } from '../metrics/exposition.ts';
import { everyCondition, fullSnapshot, stateOf } from '../metrics/states.ts';
import { depsOf, served, targetsOf } from './served.ts';

const operator = stateOf(fullSnapshot);
const chrome = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

describe('/metrics', () => {
  test('has every target and memgap itself, in the format that Accept wants', async () => {
    const app = served(everyCondition);
    const text = await app.inject('/metrics');
    assert.equal(text.statusCode, 200);
    assert.equal(text.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    const read = readExposition(text.body, 'text');
    assert.equal(read.get('memgap_target_restarts_total')?.samples.length, 3);
    assert.ok(read.has('memgap_build_info'));

    const open = await app.inject({ url: '/metrics', headers: { accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5' } });
    assert.equal(open.headers['content-type'], 'application/openmetrics-text; version=1.0.0; charset=utf-8');
    readExposition(open.body, 'openmetrics');
  });

  test('is found where --web.telemetry-path says, also at /', async () => {
    const app = served([operator], { telemetryPath: '/m/x' });
    assert.equal((await app.inject('/m/x')).statusCode, 200);
    assert.equal((await app.inject('/metrics')).statusCode, 404);
    assert.match((await served([operator], { telemetryPath: '/' }).inject('/')).body, /^# HELP/);
  });

  test('is compressed for a client that wants gzip, and for no other', async () => {
    const app = served([operator]);
    for (const [accepted, compressed] of [
      ['gzip', true],
      ['deflate, gzip;q=0.5, br', true],
      ['gzip;q=0', false],
      ['br', false],
      [undefined, false],
    ] as const) {
      const reply = await app.inject({
        url: '/probe?target=operator',
        headers: accepted === undefined ? {} : { 'accept-encoding': accepted },
      });
      assert.equal(reply.headers['content-encoding'], compressed ? 'gzip' : undefined);
      assert.equal(reply.headers.vary, 'accept, accept-encoding');
      const body = compressed ? gunzipSync(reply.rawPayload).toString() : reply.body;
      assert.ok(body.startsWith('# HELP memgap_target_up'));
    }
  });

  test('a small answer is not worth compressing', async () => {
    const reply = await served([operator]).inject({ url: '/-/healthy', headers: { 'accept-encoding': 'gzip' } });
    assert.equal(reply.headers['content-encoding'], undefined);
  });
});

describe('/probe', () => {
  test('has the families of the named target only, and nothing of memgap', async () => {
    const { body } = await served(everyCondition).inject('/probe?target=operator');
    const read = readExposition(body, 'text');
    for (const [family, { samples }] of read) {
      for (const { labels } of samples) assert.equal(labels.target, 'operator', family);
    }
    assert.equal(read.has('memgap_build_info') || read.has('memgap_self_rss_bytes'), false);
  });

  for (const target of ['http://127.0.0.1:6060/debug/pprof', '', 'OPERATOR', '__proto__', 'toString', '%3Cscript%3E%1b', '../operator']) {
    test(`knows no target of the name ${JSON.stringify(target)}: 404, in words`, async () => {
      const reply = await served(everyCondition).inject(`/probe?target=${target}`);
      assert.equal(reply.statusCode, 404);
      assert.equal(reply.headers['content-type'], 'text/plain; charset=utf-8');
      assert.match(reply.body, /^no target of the name ".*" is configured; configured: operator, shop\/cart-7d9f\/worker, late\n$/);
    });
  }

  test('wants exactly one name', async () => {
    const app = served([operator]);
    assert.equal((await app.inject('/probe')).statusCode, 400);
    assert.equal((await app.inject('/probe?target=operator&target=operator')).statusCode, 400);
  });
});

describe('/explain', () => {
  test('is text for curl and a page for a browser, and what format says for both', async () => {
    const app = served([operator]);
    for (const [accept, format, type] of [
      ['*/*', '', 'text/plain; charset=utf-8'],
      [undefined, '', 'text/plain; charset=utf-8'],
      [chrome, '', 'text/html; charset=utf-8'],
      [chrome, '&format=text', 'text/plain; charset=utf-8'],
      ['*/*', '&format=html', 'text/html; charset=utf-8'],
    ] as const) {
      const reply = await app.inject({ url: `/explain?target=operator${format}`, headers: accept === undefined ? {} : { accept } });
      assert.equal(reply.statusCode, 200);
      assert.equal(reply.headers['content-type'], type);
      assert.equal(reply.body.startsWith('<!doctype html>'), type.startsWith('text/html'));
      assert.match(reply.body, /operator/);
    }
  });

  test('without a name is about the only target', async () => {
    const app = served([operator]);
    assert.equal((await app.inject('/explain')).body, (await app.inject('/explain?target=operator')).body);
  });

  test('without a name lists the targets where they are several', async () => {
    const app = served(everyCondition);
    assert.equal(
      (await app.inject('/explain')).body,
      'name a target:\n/explain?target=operator  operator\n/explain?target=shop%2Fcart-7d9f%2Fworker  shop/cart-7d9f/worker\n/explain?target=late  late\n',
    );
    const page = await app.inject({ url: '/explain', headers: { accept: chrome } });
    assert.match(page.body, /<a href="explain\?target=shop%2Fcart-7d9f%2Fworker">shop\/cart-7d9f\/worker<\/a>/);
  });

  test('says why there is nothing to explain, with 503', async () => {
    const app = served(everyCondition);
    const down = await app.inject('/explain?target=shop%2Fcart-7d9f%2Fworker');
    assert.equal(down.statusCode, 503);
    assert.match(
      down.body,
      /^shop\/cart-7d9f\/worker: no snapshot to show\n.*\npprof_heap: unreachable \(12 times since memgap started\)\npprof_heap: timeout \(1 time /,
    );
    const late = await app.inject({ url: '/explain?target=late', headers: { accept: chrome } });
    assert.equal(late.statusCode, 503);
    assert.match(late.body, /<p>memgap waits for this target/);
  });

  test('refuses a format that it does not have and a name that it does not know', async () => {
    const app = served([operator]);
    assert.equal((await app.inject('/explain?format=pdf')).statusCode, 400);
    assert.equal((await app.inject('/explain?target=http://example.org')).statusCode, 404);
  });
});

describe('/api/v1', () => {
  test('lists the targets with condition, process, restarts and sources', async () => {
    const reply = await served(everyCondition).inject('/api/v1/targets');
    assert.equal(reply.headers['content-type'], 'application/json; charset=utf-8');
    const [first, second, third] = reply.json();
    assert.deepEqual(first, {
      name: 'operator',
      condition: 'up',
      pid: 4711,
      start_time: 1715120000.5,
      restarts: 1,
      taken_at: 1715128460.25,
      sources: {
        pprof_heap: { ok: true },
        pprof_index: { ok: true },
        status: { ok: true },
        cgroup: { ok: true },
        build_info: { ok: false, reason: 'denied', detail: '/proc/4711/exe: needs the same uid and gid as the target' },
      },
      errors: { build_info: { denied: 3 } },
    });
    assert.deepEqual(second, {
      name: 'shop/cart-7d9f/worker',
      namespace: 'shop',
      pod: 'cart-7d9f',
      container: 'worker',
      condition: 'down',
      restarts: 2,
      errors: { pprof_heap: { unreachable: 12, timeout: 1 } },
    });
    assert.deepEqual(third, { name: 'late', condition: 'waiting', restarts: 0, errors: {} });
  });

  test('gives the document of explain --json', async () => {
    const reply = await served([operator]).inject('/api/v1/ledger?target=operator');
    assert.ok(operator.ledger !== undefined);
    assert.equal(reply.body, `${JSON.stringify(ledgerDocument(operator.ledger, operator.verdicts, operator.past))}\n`);
    assert.equal(reply.body.includes('null'), false);
  });

  test('answers a mistake with an error in JSON', async () => {
    const app = served(everyCondition);
    for (const [url, status] of [
      ['/api/v1/ledger', 400],
      ['/api/v1/ledger?target=nobody', 404],
      ['/api/v1/ledger?target=late', 503],
    ] as const) {
      const reply = await app.inject(url);
      assert.equal(reply.statusCode, status);
      assert.equal(typeof reply.json().error, 'string');
    }
  });
});

describe('/', () => {
  test('shows version, targets with their condition, and where to go, by relative links', async () => {
    const { body } = await served(everyCondition, { telemetryPath: '/m' }).inject('/');
    assert.match(body, /version 0\.1\.0, revision 0123abc/);
    assert.match(body, /<a href="explain\?target=operator">operator<\/a><\/th><td class="up">up<\/td>/);
    assert.match(body, /<td class="down">down<\/td><td class="size">not known<\/td>/);
    for (const link of ['m', 'explain', 'api/v1/targets']) assert.ok(body.includes(`<a href="${link}">`), link);
    assert.equal(/href="\//.test(body), false);
  });
});

test("a sidecar's pages name its pod, and its series do not: the scrape does", async () => {
  const ownPod = { namespace: 'shop', pod: 'operator-7d4b9' };
  const waiting = stateOf(fullSnapshot, { name: 'late', ledger: undefined, ownPod });
  const app = served([stateOf({ ...fullSnapshot, ownPod }, { ownPod }), waiting]);
  assert.match((await app.inject('/')).body, /revision 0123abc, pod shop\/operator-7d4b9<\/p>/);
  assert.match((await app.inject('/explain?target=operator')).body, /^operator {2}pod shop\/operator-7d4b9 {2}pid 4711/);
  assert.match((await app.inject('/explain?target=late')).body, /^late {2}pod shop\/operator-7d4b9: no snapshot/);
  for (const target of (await app.inject('/api/v1/targets')).json()) {
    assert.deepEqual([target.namespace, target.pod], ['shop', 'operator-7d4b9']);
  }
  const { target } = (await app.inject('/api/v1/ledger?target=operator')).json();
  assert.deepEqual([target.namespace, target.pod], ['shop', 'operator-7d4b9']);
  for (const url of ['/metrics', '/probe?target=operator']) assert.doesNotMatch((await app.inject(url)).body, /operator-7d4b9|namespace=/);
});

describe('what every answer has', () => {
  const urls = [
    '/',
    '/metrics',
    '/probe?target=operator',
    '/explain?format=html',
    '/explain',
    '/api/v1/targets',
    '/-/ready',
    '/no/such',
    '/%ff',
    '/-/reload',
  ];
  for (const url of urls) {
    test(`${url} comes under the content policy, for GET and HEAD`, async () => {
      const app = served([operator]);
      const get = await app.inject({ url });
      const head = await app.inject({ method: 'HEAD', url });
      for (const { headers } of [get, head]) {
        assert.match(
          String(headers['content-security-policy']),
          /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
        );
        assert.equal(headers['x-content-type-options'], 'nosniff');
        assert.equal(headers['referrer-policy'], 'no-referrer');
        assert.equal(headers['cache-control'], 'no-store');
      }
      assert.equal(head.statusCode, get.statusCode);
      assert.equal(head.body, '');
    });
  }

  test('the policy allows the very stylesheet of the page, and the page has nothing else inline', async () => {
    const { body, headers } = await served([operator]).inject('/explain?format=html');
    const [, style = ''] = /<style>(.*)<\/style>/s.exec(body) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    assert.ok(String(headers['content-security-policy']).includes(`'sha256-${hash}'`));
    assert.equal(/<script| style=| on[a-z]+=/i.test(body), false);
  });

  test('an unknown path is a 404 in words that cannot be mistaken for a page', async () => {
    const reply = await served([]).inject('/<script>alert(1)</script>');
    assert.equal(reply.statusCode, 404);
    assert.equal(reply.headers['content-type'], 'text/plain; charset=utf-8');
    assert.match(reply.body, /^no such page: GET /);
  });

  test('a failure inside memgap is logged and does not show its inside', async () => {
    const logged: object[] = [];
    const targets = {
      all: () => {
        throw new Error('secret inside');
      },
      find: () => undefined,
    };
    const app = served([], { targets, log: { error: (fields) => void logged.push(fields) } });
    for (const url of ['/metrics', '/', '/api/v1/targets', '/explain']) {
      const reply = await app.inject(url);
      assert.equal(reply.statusCode, 500);
      assert.equal(reply.body, 'internal error: the reason is in the log of memgap\n');
    }
    assert.equal(logged.length, 4);
  });
});

// source names are memgap's own: they are no target's data
test('hostile data of a target is nowhere markup and nowhere a control character', async () => {
  const evil = '<script>alert(1)</script>"\'&\u202e\x1b[31m\u0000';
  const hostile: Snapshot = {
    ...fullSnapshot,
    target: evil,
    ownPod: { namespace: evil, pod: evil },
    build: found({ goVersion: evil, mainModule: evil, goarch: evil, cgo: false, instrumented: false }),
    kernelThp: found(evil),
    status: missing('malformed', evil),
    sources: { status: { ok: false, seconds: 1, reason: 'malformed', detail: evil } },
  };
  for (const ledgerOrNot of [{}, { ledger: undefined, errors: new Map([['status', new Map([['malformed', 1] as const])]]) }]) {
    const app = served([stateOf(hostile, { name: evil, ownPod: { namespace: evil, pod: evil }, ...ledgerOrNot }), operator]);
    const name = encodeURIComponent(evil);
    for (const url of ['/', '/explain?format=html', `/explain?format=html&target=${name}`]) {
      const { body, headers } = await app.inject(url);
      assert.ok(String(headers['content-type']).startsWith('text/html'));
      assert.equal(body.includes('<script'), false, url);
    }
    for (const url of ['/', '/explain', `/explain?target=${name}`, `/explain?format=html&target=${name}`, `/explain?target=${name}x`]) {
      const { body } = await app.inject(url);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      assert.equal(/[\u202e\x1b\x00]/.test(body), false, url);
    }
  }
});

const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom('<script>', '</script>', '<!--', '"', "'", '&', '\u202e', '\u2028', '\x1b[2J', '\x9b', '\n'),
    ),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((parts) => `x${parts.join('')}`);

/** A target in which all free text is this text. */
function saying(text: string) {
  const ownPod = { namespace: text, pod: text };
  const snapshot: Snapshot = {
    ...fullSnapshot,
    target: text,
    ownPod,
    build: found({ goVersion: text, mainModule: text, goarch: text, cgo: false, instrumented: false }),
    kernelThp: found(text),
    rollup: missing('denied', text),
    limits: missing('malformed', text),
    sources: { status: { ok: false, seconds: 1, reason: 'malformed', detail: text } },
  };
  const labels = { namespace: text, pod: text, container: text };
  return [stateOf(snapshot, { name: text, ownPod, labels }), stateOf(snapshot, { name: 'late', ownPod, ledger: undefined })];
}

test('no text of a target makes markup, moves a terminal, breaks a line of metrics or ends a script, on any page', async () => {
  const tags = (body: string) => body.match(/<[^>]*>/g)?.map((tag) => tag.replaceAll(/"[^"]*"/g, '""'));
  const harmless = served(saying('x'));
  await fc.assert(
    fc.asyncProperty(anyText, async (text) => {
      const app = served(saying(text));
      const name = encodeURIComponent(text);
      for (const url of ['/', '/explain?format=html', `/explain?format=html&target=${name}`, '/explain?format=html&target=late']) {
        const { body } = await app.inject(url);
        const calm = await harmless.inject(url.replace(name, 'x'));
        assert.deepEqual(tags(body), tags(calm.body), url);
        assert.doesNotMatch(body.replaceAll('\n', ''), moves, url);
      }
      for (const url of [
        '/metrics',
        '/explain',
        `/explain?target=${name}`,
        `/probe?target=${name}`,
        '/probe?target=x',
        '/explain?target=late',
      ]) {
        const { body } = await app.inject(url);
        assert.doesNotMatch(body.replaceAll('\n', ''), moves, url);
        if (url === '/metrics') readExposition(body, 'text');
      }
      for (const url of ['/api/v1/targets', `/api/v1/ledger?target=${name}`, '/api/v1/ledger?target=late', '/api/v1/ledger']) {
        const reply = await app.inject(url);
        assert.equal(reply.headers['content-type'], 'application/json; charset=utf-8');
        assert.equal(reply.headers['x-content-type-options'], 'nosniff');
        assert.doesNotMatch(reply.body.replace(/\n$/, ''), /</, url);
        assert.doesNotMatch(reply.body.replace(/\n$/, ''), moves, url);
        reply.json();
      }
    }),
    { numRuns: runs(30) },
  );
});

const moves = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;

test('requests look at the last snapshots, once each, and no page asks for more', async () => {
  const targets = targetsOf(everyCondition);
  const app = createServer(depsOf([], { targets }));
  await app.inject('/metrics');
  assert.equal(targets.looks(), 1);
  await app.inject('/probe?target=operator');
  assert.equal(targets.looks(), 2);
});
