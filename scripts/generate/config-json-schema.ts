import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema';
import { configParts, configSchema } from '../../src/config/schema.ts';

/** The configuration's JSON Schema (draft 2020-12), for editors: completion, descriptions, and the types of the fields. */
export function configJsonSchema(): string {
  return `${JSON.stringify({ title: 'memgap configuration', ...configJsonSchemaTree() }, undefined, 2)}\n`;
}

/** The same as a tree. Rules between fields are not in it: `memgap check-config` knows them. */
export function configJsonSchemaTree(): JsonSchema {
  return toJsonSchema(configSchema, {
    target: 'draft-2020-12',
    typeMode: 'input',
    definitions: configParts,
    ignoreActions: ['check'],
  });
}
