import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const archive = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** A folder like /etc/apt, and the mirror that is to be found there. */
const cases: Record<string, string | undefined> = {
  deb822: `http://mirror.example/debian ${archive}`,
  'one-line': `http://mirror.example/debian/ ${archive}`,
  'beside-third-parties': 'http://mirror.example/debian -',
  disabled: 'http://on.example/debian -',
  cloud: `mirror+file:///etc/apt/mirrors/debian.list ${archive}`,
  'third-party-only': undefined,
  'embedded-key': undefined,
  none: undefined,
};

for (const [name, expected] of Object.entries(cases)) {
  test(`the mirror of Debian in apt sources: ${name}`, () => {
    const { stdout, status } = spawnSync('bash', ['scripts/debian-mirror.sh', join('test/fixtures/apt', name)], {
      cwd: root,
      encoding: 'utf8',
    });

    assert.equal(stdout.trim(), expected ?? '');
    assert.equal(status, expected === undefined ? 1 : 0);
  });
}
