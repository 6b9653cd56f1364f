import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** How a command ended. */
interface Ended {
  readonly status: number;
  readonly output: string;
}

/** A copy of the repository, as it stands on disk, that a recipe is carried out in. */
export interface Copy {
  /** A new file, or another text for one that is there. */
  write(path: string, text: string): void;
  /** Replaces a text that must be in the file just once. */
  edit(path: string, from: string, to: string): void;
  read(path: string): string;
  remove(path: string): void;
  run(command: string, args: readonly string[], environment?: NodeJS.ProcessEnv): Ended;
  /** As it was when it was made, or when `keep` was called. */
  reset(): void;
  keep(): void;
  end(): void;
}

/** Packages, and what was fetched and built, are those of the repository itself; git's index alone knows what was there. */
export function makeCopy(): Copy {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-recipe-'));
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  for (const path of listed.split('\0').filter((name) => name !== '')) {
    cpSync(join(root, path), join(folder, path), { force: true, errorOnExist: false, dereference: false });
  }
  for (const name of ['node_modules', '.cache']) symlinkSync(join(root, name), join(folder, name));
  const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: folder, stdio: 'pipe' });
  git('init', '--quiet');
  git('add', '--all');

  function read(path: string): string {
    return readFileSync(join(folder, path), 'utf8');
  }

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  return {
    read,
    write,
    edit(path, from, to) {
      const text = read(path);
      const times = text.split(from).length - 1;
      if (times !== 1) throw new Error(`${path} has ${times} times the text that the recipe goes by: ${from}`);
      write(
        path,
        text.replace(from, () => to),
      );
    },
    remove: (path) => rmSync(join(folder, path), { recursive: true }),
    run(command, args, environment = {}) {
      const env = { ...process.env, ...environment };
      const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, env, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 });
      return { status: status ?? 1, output: `${stdout}${stderr}` };
    },
    reset() {
      git('checkout', '--quiet', '--', '.');
      git('clean', '--quiet', '--force', '-d');
    },
    keep: () => void git('add', '--all'),
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
}
