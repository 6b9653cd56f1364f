import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/** The signature of a bundle's text, which scripts/build.mjs wraps in a function as node wraps a CommonJS module. */
type Wrapped = (
  exports: object,
  require: NodeJS.Process['getBuiltinModule'],
  module: { exports: object },
  file: string,
  folder: string,
) => void;

/**
 * Runs a bundle of scripts/build.mjs and gives its exports; what it requires are node's own modules. V8 compiles its text anew unless the
 * code that the build has kept for this very node stands beside it: V8 takes that only where its version and its flags are those of the
 * build, and compiles otherwise. So no flag may have been set at run time (engine/collect-garbage.ts) before.
 */
export function loadBundle(file: string): unknown {
  const cachedData = codeCache(file);
  const script = new Script(readFileSync(file, 'latin1'), { filename: file, ...(cachedData !== undefined && { cachedData }) });
  const module = { exports: {} };
  const run: Wrapped = script.runInThisContext();
  run(module.exports, process.getBuiltinModule, module, file, dirname(file));
  return module.exports;
}

/** By the name that scripts/build/code-cache.cjs gives it. */
function codeCache(file: string): Buffer | undefined {
  try {
    return readFileSync(file.replace(/cjs$/, `${process.version}-${process.arch}.cache`));
  } catch {
    return undefined; // made on another node: the text is all that it takes
  }
}
