import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences } from '../../acceptance/accuracy/compare-page.ts';
import { documentOf, type Observation } from '../../acceptance/accuracy/observe.ts';
import { ledgerDocument } from '../../src/answer/document.ts';
import { metricsPage } from '../../src/serve/metrics/page.ts';
import { fullSnapshot, stateOf } from '../serve/metrics/states.ts';

const state = stateOf(fullSnapshot);
if (state.ledger === undefined) throw new Error('no ledger');
const document: Observation = documentOf(JSON.stringify(ledgerDocument(state.ledger)));
const page = await metricsPage({ targets: [state], self: undefined }, undefined);

test('page and ledger of one look say the same', () => {
  assert.deepEqual(differences(page.body, document), []);
});

test('each value that is another one, or in one of both alone, is told', () => {
  const { rss } = document;
  assert.ok(rss);
  const { shmem, ...components } = rss.components ?? {};
  const others = { ...document, rss: { ...rss, total: 1, components: { ...components, go_arenas: 2, invented: 3 } } };
  const told = differences(page.body, others);
  assert.deepEqual(
    told.map((line) => line.replace(/ is .* on the page/, ' is SIZE on the page')),
    [
      'memgap_rss_mapped_bytes is SIZE on the page, 1 in the ledger',
      'memgap_rss_component_bytes{component="go_arenas"} is SIZE on the page, 2 in the ledger',
      'memgap_rss_component_bytes{component="invented"} is SIZE on the page, 3 in the ledger',
      'memgap_rss_component_bytes{component="shmem"} is SIZE on the page, not there in the ledger',
    ],
  );
  assert.ok(shmem !== undefined);
  assert.match(told[2] ?? '', /is not there on the page/);
});

test('a page without the target differs in everything that the ledger knows', () => {
  const told = differences('', document);
  assert.ok(told.length > 12 && told.every((line) => line.includes(' is not there on the page')), told.join('\n'));
});
