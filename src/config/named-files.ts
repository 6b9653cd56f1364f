import { resolve } from 'node:path';
import type { CheckedPortEndpoint } from './discovery.ts';
import type { CheckedEndpoint } from './endpoint.ts';
import type { Path } from './path.ts';
import { discoveryEndpoints, endpoints } from './rules.ts';
import type { CheckedDocument } from './schema.ts';

/** A file that a field of the document names: a secret's, a key's, certificates'. */
export interface ReferencedFile {
  readonly path: Path;
  readonly file: string;
}

/** Every file that the document names, those of relative names below `folder`. */
export function filesNamedIn(document: CheckedDocument, folder: string): readonly ReferencedFile[] {
  const places: (readonly [Path, Partial<CheckedEndpoint | CheckedPortEndpoint>])[] = [];
  for (const [index, target] of (document.targets ?? []).entries()) {
    places.push([['targets', index], target]);
    for (const [name, endpoint] of endpoints(target)) places.push([['targets', index, 'go', name], endpoint]);
  }
  places.push(...discoveryEndpoints(document));
  return places.flatMap(([place, fields]) => filesOf(place, fields, folder));
}

function filesOf(place: Path, { basic_auth, authorization, tls_config }: Partial<CheckedEndpoint>, folder: string): ReferencedFile[] {
  const files: (readonly [Path, string | undefined])[] = [
    [['basic_auth', 'password_file'], basic_auth?.password_file],
    [['authorization', 'credentials_file'], authorization?.credentials_file],
    [['tls_config', 'ca_file'], tls_config?.ca_file],
    [['tls_config', 'cert_file'], tls_config?.cert_file],
    [['tls_config', 'key_file'], tls_config?.key_file],
  ];
  return files.flatMap(([field, file]) => (file === undefined ? [] : [{ path: [...place, ...field], file: resolve(folder, file) }]));
}
