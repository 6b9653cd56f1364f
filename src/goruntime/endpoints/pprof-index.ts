import { budgets } from '../../budgets.ts';
import type { ProfileCounts } from '../../model/go.ts';
import { found, missing } from '../../model/reading.ts';
import type { Source } from '../../model/source.ts';
import type { Endpoint } from '../../model/target.ts';
import { bytes } from '../../model/units.ts';
import { collectText } from '../../net/collect-text.ts';
import { readEndpoint, type Scan } from '../../net/read-endpoint.ts';

const maxPageBytes = bytes(budgets.profileIndex.maxBytes);

/** Reads the counts on net/http/pprof's index page: 0.2 ms of the target, and no stop of its world, unlike `goroutine?debug=1`. */
export const pprofIndex: Source<Endpoint, ProfileCounts> = {
  name: 'pprof_index',
  without: { needs: 'endpoint', lost: 'how many goroutines and threads there are', families: ['memgap_goroutines'] },
  read(endpoint, signal) {
    return readEndpoint(endpoint, { path: '/', accept: 'text/html', limit: maxPageBytes, signal }, scanPprofIndex());
  },
};

/** The counts from a stream, whose length the caller caps; one that is not there is absent, and `malformed` is a page with neither. */
export function scanPprofIndex(): Scan<ProfileCounts> {
  const collector = collectText();
  return {
    add: collector.add,
    end() {
      const page = collector.text('latin1');
      const goroutines = countOf('goroutine', page);
      const threads = countOf('threadcreate', page);
      if (goroutines === undefined && threads === undefined) {
        return missing('malformed', 'no goroutine or threadcreate count: is this the base of net/http/pprof, as in /debug/pprof?');
      }
      return found({ goroutines, threads });
    },
  };
}

/**
 * `<tr><td>63</td><td><a href='goroutine?debug=1'>` in Go 1.19 to 1.27; earlier `<tr><td align=right>63<td><a href="goroutine?debug=1">`.
 */
function countOf(profile: 'goroutine' | 'threadcreate', page: string): number | undefined {
  const row = new RegExp(`<td[^<>]{0,32}>(\\d{1,9})(?:</td>)?<td[^<>]{0,32}><a href=['"]${profile}\\?debug=1['"]`).exec(page);
  return row === null ? undefined : Number(row[1]);
}
