// What is bundled of packages, and what is left out: whatever a package loads at its start stays in memory for good, used or not.

/** Modules of packages, by their path below node_modules, and what stands in their place. What each of them brought: docs/footprint.md. */
const modules = {
  // the parts that memgap uses instead of the whole index: no fetch, WebSocket, caches, mocks, default metrics
  'undici/index.js': "exports.Pool = require('./lib/dispatcher/pool.js'); exports.buildConnector = require('./lib/core/connect.js');",
  'prom-client/index.js': ['registry', 'gauge', 'counter']
    .map((name) => `exports.${name[0].toUpperCase()}${name.slice(1)} = require('./lib/${name}.js');`)
    .join(' '),
  // memgap asks by HTTP/1.1 (no allowH2), with no body
  'undici/lib/dispatcher/client-h2.js': '',
  'undici/lib/web/fetch/body.js': '',
  // 54 KB each, out of base64 that V8 would hold twice; the second is for a CPU without SIMD
  'undici/lib/llhttp/llhttp_simd-wasm.js': "module.exports = require('node:fs').readFileSync(__dirname + '/llhttp-simd.wasm');",
  'undici/lib/llhttp/llhttp-wasm.js': "module.exports = require('node:fs').readFileSync(__dirname + '/llhttp.wasm');",
  // what fastify would load for schemas, for inject(), for plugins' versions, for proxies and for a logger, none of which memgap has (src/serve/http/server.ts)
  '@fastify/ajv-compiler/index.js': '',
  '@fastify/fast-json-stringify-compiler/index.js': '',
  'light-my-request/index.js': '',
  'semver/index.js': '',
  '@fastify/proxy-addr/index.js': '',
  'fastify/lib/logger-pino.js': '',
  'safe-regex2/index.js': 'module.exports = () => true;', // of routes' regular expressions; memgap's routes have none
  // pino's ways to write elsewhere and in threads: memgap gives it a write()
  'pino/lib/transport.js': '',
  'pino/lib/multistream.js': '',
  'sonic-boom/index.js': 'module.exports = class {};',
};

/** Modules of node that packages load and memgap never comes to use, and what stands in their place: they take 5 MiB, most of it http2. */
const builtins = {
  assert: "module.exports = (value, message) => { if (!value) require('node:assert')(value, message); };",
  dns: '', // of fastify's listen(): memgap has its own (src/serve/http/listen.ts)
  http2: '',
  https: '',
  perf_hooks: 'exports.performance = performance;',
  worker_threads: 'exports.isMainThread = true;',
};

/** Every module of `modules` that has been bundled: one that never is has moved, and would come back in silence. */
const met = new Set();

/** The plugin of esbuild that puts the ones in the place of the others. */
export const leanPackages = {
  name: 'lean packages',
  setup(plugins) {
    plugins.onLoad({ filter: /\/node_modules\// }, ({ path }) => {
      const name = path.replace(/^.*\/node_modules\//, '');
      if (modules[name] === undefined) return undefined;
      met.add(name);
      return { contents: modules[name] };
    });
    plugins.onResolve({ filter: new RegExp(`^(node:)?(${Object.keys(builtins).join('|')})$`) }, ({ path, importer }) =>
      importer.includes('/node_modules/') ? { path: path.replace('node:', ''), namespace: 'lean' } : undefined,
    );
    plugins.onLoad({ filter: /.*/, namespace: 'lean' }, ({ path }) => ({ contents: builtins[path] }));
  },
};

/** Throws when one of the modules was in none of the bundles. */
export function expectAllLean() {
  const lost = Object.keys(modules).filter((name) => !met.has(name));
  if (lost.length > 0) throw new Error(`scripts/build/lean-packages.mjs: no package has ${lost.join(', ')} any more`);
}
