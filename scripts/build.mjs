// Bundles src/main.ts into dist/memgap.cjs, and src/reader/main.ts, the program of its readers, into reader.cjs beside it: each ONE minified
// CommonJS file, because an ESM import of node:http makes Node 22 and later load its own undici (11 to 16 MB), and one file starts twice as fast as hundreds. No source map: esbuild's is several times the bundle.
// Usage: node scripts/build.mjs [ENTRY [OUTFILE]]
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const entry = resolve(process.argv[2] ?? join(root, 'src/main.ts'));
const outfile = resolve(process.argv[3] ?? join(root, 'dist/memgap.cjs'));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/**
 * What is bundled of a package instead of its whole index, which loads all that it has when it starts: without undici's fetch, WebSocket, caches
 * and mocks memgap's RssAnon is 2.1 MB smaller on Node 20 and 8.1 MB on Node 24; without prom-client's default metrics 0.4 MB.
 */
const parts = {
  undici: "exports.Pool = require('undici/lib/dispatcher/pool.js'); exports.buildConnector = require('undici/lib/core/connect.js');",
  'prom-client': ['Registry', 'Gauge', 'Counter']
    .map((name) => `exports.${name} = require('prom-client/lib/${name.toLowerCase()}.js');`)
    .join(' '),
  // what fastify would load for schemas and for inject(), which memgap has not (src/http/server.ts): 300 KB of text, which V8 holds
  '@fastify/ajv-compiler': '',
  '@fastify/fast-json-stringify-compiler': '',
  'light-my-request': '',
};

const leanPackages = {
  name: 'lean packages',
  setup(plugins) {
    const named = new RegExp(`^(${Object.keys(parts).join('|')})$`);
    plugins.onResolve({ filter: named }, ({ path }) => ({ path, namespace: 'lean' }));
    plugins.onLoad({ filter: /.*/, namespace: 'lean' }, ({ path }) => ({ contents: parts[path], resolveDir: root }));
  },
};

const { metafile } = await bundle(entry, outfile);
await bundle(join(root, 'src/reader/main.ts'), join(dirname(outfile), 'reader.cjs'));

function bundle(from, to) {
  return build({
    absWorkingDir: root,
    entryPoints: [from],
    outfile: to,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.18',
    plugins: [leanPackages],
    legalComments: 'external', // notices inside of files; LICENSES.txt has the packages' own texts
    metafile: true,
    logLevel: 'warning',
    // Unbundled (tests, tsx) they are what the environment says, and undefined as a rule.
    define: {
      'import.meta.dirname': '__dirname', // of a branch that is not there once it is bundled
      'process.env.MEMGAP_VERSION': JSON.stringify(version),
      'process.env.MEMGAP_REVISION': JSON.stringify(revision()),
    },
  });
}

writeFileSync(join(dirname(outfile), 'LICENSES.txt'), licenses(Object.keys(metafile.inputs)));
console.log(`${relative(process.cwd(), outfile)}: ${Math.ceil(statSync(outfile).size / 1024)} KiB, memgap ${version} (${revision()})`);

/** MEMGAP_REVISION (an image is built without .git), else what git says, else `unknown`. */
function revision() {
  if (process.env.MEMGAP_REVISION) return process.env.MEMGAP_REVISION;
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}

/** The licenses of all packages in the bundle: most of them ask that their text goes along. */
function licenses(inputs) {
  const folders = new Set(inputs.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]).filter((path) => path !== undefined));
  const parts = [...folders].sort().map((folder) => {
    const described = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, folder)).find((name) => /^(licen[cs]e|copying)/i.test(name));
    const text = file === undefined ? `License: ${described.license}\n` : readFileSync(join(root, folder, file), 'utf8');
    return `${described.name} ${described.version}\n\n${text.trim()}\n`;
  });
  const own = existsSync(join(root, 'LICENSE')) ? readFileSync(join(root, 'LICENSE'), 'utf8') : 'Apache-2.0\n';
  return [`memgap ${version}\n\n${own.trim()}\n`, ...parts].join(`\n${'-'.repeat(80)}\n\n`);
}
