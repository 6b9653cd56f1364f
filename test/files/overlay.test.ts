import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { budgets } from '../../src/budgets.ts';
import { overlayLayers } from '../../src/files/overlay.ts';

const { maxEntries } = budgets.overlayLayers;

for (const [options, layers] of [
  ['rw,relatime,lowerdir=/a:/b,upperdir=/u,workdir=/w,index=off', ['/a', '/b', '/u', '/w']],
  ['ro,lowerdir=/a', ['/a']],
  ['rw,lowerdir=/a::/data::/more', ['/a', '/data', '/more']], // two colons before a layer of data alone
  ['rw,lowerdir=/a\\134:b:/c', ['/a:b', '/c']], // as a kernel shows lowerdir=/a\:b:/c
  ['rw,upperdir=/u\\134:x,lowerdir=/a,workdir=/w\\134\\134x', ['/u:x', '/a', '/w\\x']], // ovl_mount_dir() unescapes these two as well
  ['rw,lowerdir=/a\\040b:/c\\011d', ['/a b', '/c\td']],
  ['rw,lowerdir=/a\\054upperdir=/b', ['/a,upperdir=/b']], // a comma of a name is no end of an option
  ['rw,lowerdir=/a=b', ['/a=b']],
  ['rw,lowerdir+=/a:b,lowerdir+=/c,datadir+=/d,upperdir=/u,workdir=/w', ['/a:b', '/c', '/d', '/u', '/w']], // a colon parts nothing here
] as const) {
  test(`layers: ${options}`, () => assert.deepEqual(overlayLayers(options), layers));
}

for (const [what, options] of [
  ['none is named', 'rw,relatime,index=off'],
  ['nothing is there at all', ''],
  ['the name is empty', 'rw,lowerdir='],
  // docker mounts from its own folder when they would not fit into a page
  ['a lower one is relative', 'rw,lowerdir=l/A:/b,upperdir=/u,workdir=/w'],
  ['the upper one is relative', 'rw,lowerdir=/a,upperdir=u,workdir=/w'],
  ['an added one is relative', 'rw,lowerdir+=a'],
  ['an added one is empty', 'rw,lowerdir=/a,lowerdir+='],
  ['its slash is escaped away', 'rw,lowerdir=.\\134:/a'],
  ['another option ends alike', 'rw,xlowerdir=/a,lowerdirs=/b'],
] as const) {
  test(`layers can't be told where ${what}`, () => assert.equal(overlayLayers(options), undefined));
}

test('as many layers as a kernel takes are told, and not one more, however they are named', () => {
  const paths = Array.from({ length: maxEntries }, (_, index) => `/${index}`);
  assert.deepEqual(overlayLayers(`lowerdir=${paths.join(':')}`), paths);
  assert.deepEqual(overlayLayers(paths.map((path) => `lowerdir+=${path}`).join(',')), paths);
  assert.equal(overlayLayers(`lowerdir=${paths.join(':')}:/one`), undefined);
  assert.equal(overlayLayers(`lowerdir=${paths.join(':')},upperdir=/u`), undefined);
  assert.equal(overlayLayers([...paths, '/one'].map((path) => `lowerdir+=${path}`).join(',')), undefined);
});

/** The kernel's own way through what stands behind `lowerdir=`: ovl_parse_param_split_lowerdirs() of fs/overlayfs/params.c. */
function split(value: string): readonly string[] {
  const layers = [''];
  let isEscaped = false;
  for (const char of value) {
    if (char === ':' && !isEscaped) layers.push('');
    else if (char !== '\\' || isEscaped) layers.push(`${layers.pop()}${char}`);
    isEscaped = char === '\\' && !isEscaped;
  }
  return layers.filter((layer) => layer !== '');
}

test('any lowerdir is split as a kernel splits it, or not told', () => {
  const unit = fc.constantFrom('/', ':', '\\', 'a', ' ', '\n');
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 20 }), (value) => {
      const shown = value.replaceAll(/[ \n\\]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
      const layers = split(value);
      const told = layers.length > 0 && layers.every((layer) => layer.startsWith('/'));
      assert.deepEqual(overlayLayers(`rw,lowerdir=${shown}`), told ? layers : undefined);
    }),
  );
});
