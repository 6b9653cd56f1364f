import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ability, type Host, startHost } from './host.ts';
import { imageRoot } from './roots.ts';
import { entrypoint, environment } from './sidecar.ts';

const repository = join(import.meta.dirname, '../..');
const dockerfile = readFileSync(join(repository, 'Dockerfile'), 'utf8');
const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));

describe('the root that make image builds without a registry', () => {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-image-'));
  let root: string;
  before(async () => {
    root = await imageRoot(folder);
  });
  after(() => rmSync(folder, { recursive: true }));

  test('has what the Dockerfile starts, where it starts it', () => {
    const [node = '', ...rest] = entrypoint;
    assert.ok(statSync(join(root, node)).mode & 0o111);
    assert.ok(existsSync(join(root, rest.at(-1) ?? '')));
    assert.ok(existsSync(join(root, 'opt/memgap/LICENSES.txt')) && existsSync(join(root, 'opt/memgap/LICENSE')));
  });

  test('has each folder that the build stage of the Dockerfile makes', () => {
    for (const [, path = ''] of dockerfile.matchAll(/ \/image(\/\S+)/g)) {
      if (!path.includes('.')) assert.ok(existsSync(join(root, path)), path);
    }
    const hosts = /echo "(.*)" > \/image\/etc\/nsswitch\.conf/.exec(dockerfile)?.[1];
    assert.equal(readFileSync(join(root, 'etc/nsswitch.conf'), 'utf8'), `${hosts}\n`);
  });

  test("has the Dockerfile's last stage over it, line by line, but for where it is copied from and the build's arguments", () => {
    const stage = dockerfile.slice(dockerfile.indexOf('FROM scratch'));
    const made = readFileSync(join(folder, 'Containerfile'), 'utf8');
    const constant = (text: string) => text.replaceAll(/^(ARG \w+=).*$/gm, '$1');
    assert.equal(constant(made), constant(stage).replace('COPY --from=build /image /', 'COPY root /'));
    assert.match(made, new RegExp(`^ARG MEMGAP_VERSION=${version}$`, 'm'));
  });
});

test("the Dockerfile's version is the package's", () => {
  assert.match(dockerfile, new RegExp(`^ARG MEMGAP_VERSION=${version}$`, 'm'));
});

describe('the image', () => {
  const able = ability();
  let host: Host;
  before(async () => {
    if (!able.ok) return;
    host = await startHost();
    await imageRoot(host.folder);
    await host.podman('build', '--layers=false', '--isolation', 'chroot', '-t', 'localhost/memgap', host.folder);
  });
  after(() => host?.stop());

  test('runs memgap as 65532:65532 with the flags of the launcher, from a read-only root without a shell', async (t) => {
    if (!able.ok) return t.skip(able.detail);
    const [image] = JSON.parse(await host.podman('image', 'inspect', 'localhost/memgap'));

    assert.deepEqual(image.Config.Entrypoint, entrypoint);
    assert.deepEqual(image.Config.Cmd, ['serve']);
    assert.equal(image.Config.User, '65532:65532');
    for (const each of environment) assert.ok(image.Config.Env.includes(each), each);
    assert.equal(image.Config.Labels['org.opencontainers.image.version'], version);
    const run = ['run', '--rm', '--network', 'none', '--read-only', '--cap-drop', 'all'];
    assert.match(await host.podman(...run, 'localhost/memgap', '--version'), new RegExp(version));
    await assert.rejects(host.podman(...run, '--entrypoint', '/bin/sh', 'localhost/memgap', '-c', 'true'), /no such file/i);
  });
});
