// node --import tsx test/recipes/page.ts: the recipe "A page" of CONTRIBUTING.md, with one that is made up; what turns red where a step is
// forgotten.
import { carryOut } from './carry-out.ts';
import { deadCode, tests, types } from './checks.ts';
import { inChangelog } from './steps.ts';

const source = 'src/serve/http/routes/made-up.ts';
const list = 'src/serve/http/routes/index.ts';
const landing = 'src/serve/http/routes/landing.ts';
const readme = 'README.md';
const red = tests('test/serve/http/routes.test.ts');

const route = `import type { FastifyInstance } from 'fastify';
import { answer, text } from '../answer.ts';

/** \`/made-up\`: nothing. */
export function madeUpRoute(app: FastifyInstance): void {
  app.get('/made-up', async (request, reply) => answer(request, reply, text('made up')));
}
`;

carryOut({
  name: 'A page',
  steps: [
    { what: 'its file in src/serve/http/routes', apply: (copy) => copy.write(source, route), red: types },
    {
      what: 'its name in src/serve/http/routes/index.ts',
      apply: (copy) => {
        copy.edit(list, 'import { metricsRoute', "import { madeUpRoute } from './made-up.ts';\nimport { metricsRoute");
        copy.edit(list, '  { below: [], add: landingRoute }', '  { below: [], add: madeUpRoute },\n  { below: [], add: landingRoute }');
      },
      red: deadCode,
    },
    {
      what: 'where it is, in the same list',
      apply: (copy) =>
        copy.write(list, copy.read(list).replace('{ below: [], add: madeUpRoute }', "{ below: ['/made-up'], add: madeUpRoute }")),
      red,
    },
    {
      what: 'a row in the README',
      apply: (copy) => copy.edit(readme, '| `/probe?target=NAME` |', '| `/made-up` | nothing |\n| `/probe?target=NAME` |'),
      red,
    },
    {
      what: 'a link on the landing page',
      apply: (copy) => copy.edit(landing, '</ul>`;', '<li><a href="made-up">Made up</a></li>\n</ul>`;'),
      red,
    },
    inChangelog('Page `/made-up`'),
  ],
});
