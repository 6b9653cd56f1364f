import type { Ledger } from '../../books/ledger.ts';
import { isThrashing } from '../../history/thrashing.ts';
import type { Arguments } from '../arguments.ts';
import { askedTarget } from '../asked-target.ts';
import type { Io } from '../io.ts';
import { createLooks, showLooks } from '../looks.ts';
import { lookOnceOrTwice } from '../poll-once.ts';
import { recordFile } from './explain-target.ts';

/**
 * `memgap explain`: one snapshot of one target, or two where one can't tell whether it thrashes, as a waterfall or as JSON; or those of a
 * file of `memgap record`. Without a target: of the only Go program in sight.
 */
export async function explain(args: Arguments, io: Io): Promise<number> {
  const file = recordFile(args);
  if (file !== undefined) return (await import('./explain-record.ts')).explainRecord(file, args, io);
  const asked = await askedTarget(args, io);
  if (typeof asked === 'number') return asked;
  const looks = createLooks();
  for (const ledger of await lookOnceOrTwice(asked.target, asked.timeout, args, io, thrashes)) looks.add(ledger);
  return showLooks(looks, args, io);
}

function thrashes(first: Ledger): boolean {
  const looks = createLooks();
  looks.add(first);
  const seen = looks.seen();
  return seen !== undefined && isThrashing(first, seen.past);
}
