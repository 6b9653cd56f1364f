import { budgets } from '../budgets.ts';
import { unescapeMount } from './mountinfo.ts';

/**
 * Pure: the absolute paths of all layers out of the options of an overlay's superblock (`lowerdir=A:B,upperdir=C,workdir=D`, or one
 * `lowerdir+=` and `datadir+=` each since Linux 6.8; Documentation/filesystems/overlayfs.rst). `undefined` where they can't be told: none,
 * too many, or one that is relative, as docker's are when they would not fit into a page.
 */
export function overlayLayers(options: string): readonly string[] | undefined {
  const layers: string[] = [];
  for (const option of options.split(',')) {
    const equals = option.indexOf('=');
    const value = unescapeMount(option.slice(equals + 1));
    switch (option.slice(0, equals)) {
      case 'lowerdir':
        layers.push(...listed(value));
        break;
      case 'upperdir':
      case 'workdir':
        layers.push(withoutBackslashes(value));
        break;
      case 'lowerdir+':
      case 'datadir+':
        layers.push(value);
        break;
    }
    if (layers.length > budgets.overlayLayers.maxEntries) return undefined;
  }
  return layers.length > 0 && layers.every((layer) => layer.startsWith('/')) ? layers : undefined;
}

/** Colons part them, two before layers of data alone; one that belongs to a name has a backslash before it. */
function listed(value: string): readonly string[] {
  const layers = value.match(/(?:\\.|[^\\:])+/gs) ?? [];
  return layers.slice(0, budgets.overlayLayers.maxEntries + 1).map((layer) => withoutBackslashes(layer));
}

/** As the kernel takes them out of all but `lowerdir+` and `datadir+` (fs/overlayfs/params.c; seen on 6.18). */
function withoutBackslashes(text: string): string {
  return text.replaceAll(/\\(.)/gs, '$1');
}
