package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

const manyBytes = 16 * mib // of bodies whose length is what is hostile: below memgap's default limit

const honestIndex = `<html><body><table>
<tr><td>7</td><td><a href='goroutine?debug=1'>goroutine</a></td></tr>
<tr><td>9</td><td><a href='threadcreate?debug=1'>threadcreate</a></td></tr>
</table></body></html>
`

// The last part of a heap profile; a MaxRSS that refutes nobody.
var honestEnd = asProfile(quiet(), "99999999999")

// What stands at the base of net/http/pprof: /heap is hostile, the index page beside it is not.
var profiles = []page{
	profile("newlines", "16 MiB of line breaks", many("\n", manyBytes)),
	profile("one-line", "16 MiB without a line break", many("0: 0 [0: 0] @ ", manyBytes)),
	profile("tiny-records", "a million records of ten bytes",
		say("heap profile: 0: 0 [0: 0] @ heap/1048576\n"),
		many("1: 1 [1: 1\n", 11_000_000),
		say(honestEnd),
	),
	profile("deep-stacks", "stacks of a hundred thousand frames",
		many("1: 8 [1: 8] @"+strings.Repeat(" 0xffffffffffffffff", 100_000)+"\n", manyBytes),
		say(honestEnd),
	),
	profile("binary", "a profile that is not text", many("\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff", mib)),
	profile("html", "a page of HTML", say("<!doctype html><title>\x1b[2J</title><script>alert(1)</script>\n")),
	profile("cut-off", "MemStats that end within a line", say(honestEnd[:len(honestEnd)-9])),
	profile("no-end", "MemStats, and then records again", say(honestEnd), many("1: 8 [1: 8] @ 0x1\n", 64*kib)),
	profile("many-heads", "the head of the MemStats block a million times", many("\n# runtime.MemStats\n", manyBytes)),
	profile("many-fields", "a thousand fields that there are not",
		say(honestEnd),
		func(w io.Writer) {
			for i := 0; i < 1000; i++ {
				fmt.Fprintf(w, "# F%d = 1\n", i)
			}
		},
	),
	profile("escapes", "escapes, and characters that turn the line around, in names and values",
		say("1: 8 [1: 8] @ 0x1\n#\t0x1\t\x1b]0;owned\x07main.\u202efunc\u2028\x00\n"),
		say(asProfile(with(quiet(), "HeapSys", "\x1b[2J\u202e1"), "")),
	),
	profile("escaped-field", "a field whose name is an escape", say(honestEnd+"# \x1b[2J\u2028<script> = 1\n")),
	profile("carriage-returns", "lines that end as Windows ends them", say(strings.ReplaceAll(honestEnd, "\n", "\r\n"))),
	maxRSS("none", ""),
	maxRSS("infinite", "Infinity"),
	maxRSS("exponent", "1e15"),
	maxRSS("hexadecimal", "0xffffffffff"),
	maxRSS("signed", "+99999999999"),
	maxRSS("fractional", "99999999999.0"),
	maxRSS("spaced", "  99999999999  "),
	maxRSS("zero", "0"),
	maxRSS("least", "1"),
	maxRSS("beyond", "1208925819614629174706176"),
}

// The other way around: the heap is honest, the index page is not.
var indexes = []page{
	index("rows", "an index of a million profiles", many("<tr><td>1</td><td><a href='x?debug=1'>x</a></td></tr>\n", manyBytes)),
	index("cells", "an index that is nearly a row, again and again", many("<td 0123456789>123456789</td><td>", 63*kib)),
	index("counts", "more goroutines than there are numbers", say(strings.ReplaceAll(honestIndex, "7", "99999999999999999999"))),
	index("most", "a thousand million goroutines", say(strings.ReplaceAll(honestIndex, "7", "999999999"))),
}

func profile(name, what string, heap ...part) page {
	return page{"profile", name, what, pprofOf(heap, []part{say(honestIndex)})}
}

func index(name, what string, index ...part) page {
	return page{"index", name, what, pprofOf([]part{say(honestEnd)}, index)}
}

func maxRSS(name, value string) page {
	return profile("maxrss-"+name, fmt.Sprintf("a MaxRSS of %q", value), say(asProfile(quiet(), value)))
}

func pprofOf(heap, index []part) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/heap") {
			body("text/plain; charset=utf-8", heap...)(w, r)
			return
		}
		body("text/html; charset=utf-8", index...)(w, r)
	}
}
