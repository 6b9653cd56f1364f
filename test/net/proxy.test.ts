import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { serve } from './loopback.ts';

test('proxy variables are ignored', async (t) => {
  let proxied = 0;
  const proxy = await serve(t, (_, response) => {
    proxied += 1;
    response.end('from the proxy');
  });
  const target = await serve(t, (_, response) => response.end('from the target'));
  const modules = (name: string) => JSON.stringify(new URL(`../../src/net/${name}.ts`, import.meta.url).href);
  const script = `
    import { fetchBody } from ${modules('fetch-body')};
    const endpoint = { url: ${JSON.stringify(target.url)}, bodySizeLimit: 1000 };
    const onChunk = (chunk) => process.stdout.write(chunk) || true;
    const reading = await fetchBody(endpoint, '/x', { accept: '*/*', onChunk, signal: AbortSignal.timeout(10000) });
    process.exit(reading.ok ? 0 : 1);`;
  const proxies = { HTTP_PROXY: proxy.url, http_proxy: proxy.url, ALL_PROXY: proxy.url, all_proxy: proxy.url, NO_PROXY: '', no_proxy: '' };
  const env = { ...process.env, ...proxies, NODE_USE_ENV_PROXY: '1' };
  const child = await promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { env });
  assert.equal(child.stdout, 'from the target');
  assert.equal(proxied, 0);
});
