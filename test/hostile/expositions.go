package main

import "strings"

// What stands at the program's own /metrics.
var expositions = []page{
	metrics("families", "a million families", many("# TYPE a gauge\na 1\n", manyBytes)),
	metrics("near-families", "a million lines that begin as those that are looked for", many("go_x 1\n", 7*mib)),
	metrics("labelled", "a sample that is looked for, a million times with a label", many("go_memstats_sys_bytes{a=\"1\"} 1\n", manyBytes)),
	metrics("newlines", "16 MiB of line breaks", many("\n", manyBytes)),
	metrics("one-line", "16 MiB without a line break", many("go_memstats_sys_bytes ", manyBytes)),
	metrics("huge-label", "a label of 8 MiB", say(`go_info{version="`), many("x", 8*mib), say("\"} 1\n"+asExposition(quiet()))),
	metrics("long-lines", "two thousand lines of 8 KiB", many("go_info{version=\""+strings.Repeat("go1.", 2000)+"\"} 1\n", manyBytes)),
	metrics("not-a-number", "NaN for a size", say(asExposition(with(quiet(), "HeapSys", "NaN")))),
	metrics("infinite", "+Inf for a size", say(asExposition(with(quiet(), "HeapSys", "+Inf")))),
	metrics("other-numbers", "nonsense for what stands beside the sizes",
		say(asExposition(quiet())+"process_resident_memory_bytes 9007199254740991\nprocess_start_time_seconds 1e308\n"),
		say("go_goroutines 9007199254740991\ngo_threads 1e300\ngo_gc_gogc_percent 1e-300\ngo_gc_gomemlimit_bytes -1\n"),
	),
	metrics("other-infinite", "infinity for what stands beside the sizes", say(asExposition(quiet())+"process_start_time_seconds 1e999\ngo_goroutines 1e999\n")),
	metrics("duplicates", "a size twice", say(asExposition(quiet())+"go_memstats_sys_bytes 1\n")),
	metrics("conflicts", "two versions of Go", say("go_info{version=\"go1\"} 1\ngo_info{version=\"go2\"} 1\n"+asExposition(quiet()))),
	metrics("markup", "markup for the version of Go", say("go_info{version=\"<script>alert(1)</script>\"} 1\n"+asExposition(quiet()))),
	metrics("escapes", "escapes for the version of Go, and for a size",
		say("go_info{version=\"\x1b[2J\u202e\"} 1\n"+asExposition(with(quiet(), "NextGC", "\x1b]0;owned\x07\u2028"))),
	),
	metrics("openmetrics", "OpenMetrics with an exemplar, and text after its end", say(asExposition(quiet())+"# EOF\ngo_memstats_sys_bytes 1\n")),
}

func metrics(name, what string, parts ...part) page {
	return page{"exposition", name, what, body("text/plain; version=0.0.4", parts...)}
}
