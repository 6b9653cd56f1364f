// Keeps what V8 made of bundles beside them, for src/engine/load-bundle.ts: FILE.cjs -> FILE.VERSION-ARCH.cache. Run it with the very node and the very
// flags that memgap runs with; V8 takes it from no other. Usage: node FLAGS code-cache.cjs FILE...
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const { dirname } = require('node:path');
const { Script } = require('node:vm');

for (const file of process.argv.slice(2)) {
  const script = new Script(readFileSync(file, 'latin1'), { filename: file });
  const module = { exports: {} };
  // run once: V8 keeps what was compiled, and of a script that has not run that is next to nothing
  script.runInThisContext()(module.exports, process.getBuiltinModule, module, file, dirname(file));
  const cache = file.replace(/cjs$/, `${process.version}-${process.arch}.cache`);
  writeFileSync(`${cache}.new`, script.createCachedData());
  renameSync(`${cache}.new`, cache);
}
