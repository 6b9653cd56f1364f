import { run } from './cli/run.ts';
import { printableLines } from './untrusted.ts';

run(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`memgap: a bug: ${printableLines(error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`);
    process.exitCode = 70; // EX_SOFTWARE of sysexits(3)
  },
);
