package main

import (
	"strconv"
	"strings"
)

// A field of runtime.MemStats and what is written for its value, which need not be a number.
type field struct{ name, value string }

// As runtime.MemStats has them, and what client_golang's Go collector calls them.
var fieldNames = []struct{ name, metric string }{
	{"Sys", "sys_bytes"}, {"HeapAlloc", "heap_alloc_bytes"}, {"HeapSys", "heap_sys_bytes"}, {"HeapIdle", "heap_idle_bytes"},
	{"HeapInuse", "heap_inuse_bytes"}, {"HeapReleased", "heap_released_bytes"}, {"StackInuse", "stack_inuse_bytes"}, {"StackSys", "stack_sys_bytes"},
	{"MSpanInuse", "mspan_inuse_bytes"}, {"MSpanSys", "mspan_sys_bytes"}, {"MCacheInuse", "mcache_inuse_bytes"}, {"MCacheSys", "mcache_sys_bytes"},
	{"BuckHashSys", "buck_hash_sys_bytes"}, {"GCSys", "gc_sys_bytes"}, {"OtherSys", "other_sys_bytes"}, {"NextGC", "next_gc_bytes"},
}

// MemStats that add up; Sys is made of the others. What is not named is 0.
func consistent(of map[string]int64) []field {
	sum := of["HeapSys"]
	for _, part := range []string{"StackSys", "MSpanSys", "MCacheSys", "BuckHashSys", "GCSys", "OtherSys"} {
		sum += of[part]
	}
	var fields []field
	for _, each := range fieldNames {
		value := of[each.name]
		if each.name == "Sys" {
			value = sum
		}
		fields = append(fields, field{each.name, strconv.FormatInt(value, 10)})
	}
	return append(fields, field{"NumGC", "1"})
}

// A heap of which nothing is released, or all.
func heapOf(size, released int64) []field {
	return consistent(map[string]int64{
		"HeapSys": size, "HeapInuse": size - released, "HeapAlloc": size - released, "HeapIdle": released, "HeapReleased": released,
		"StackSys": 64 * kib, "StackInuse": 64 * kib, "NextGC": 4 * mib,
	})
}

func quiet() []field { return heapOf(4*mib, mib) }

// The fields with one of them written otherwise; without it where the value is "".
func with(fields []field, name, value string) []field {
	var changed []field
	for _, each := range fields {
		if each.name != name {
			changed = append(changed, each)
		} else if value != "" {
			changed = append(changed, field{name, value})
		}
	}
	return changed
}

// {"memstats":{...}}
func asJSON(fields []field) string {
	var parts []string
	for _, each := range fields {
		parts = append(parts, `"`+each.name+`":`+each.value)
	}
	return `{"cmdline":["hostile"],"memstats":{` + strings.Join(parts, ",") + "}}\n"
}

// The end of heap?debug=1 (writeHeapInternal of runtime/pprof).
func asProfile(fields []field, maxRSS string) string {
	text := "heap profile: 0: 0 [0: 0] @ heap/1048576\n\n# runtime.MemStats\n"
	held := map[string]string{}
	for _, each := range fields {
		held[each.name] = each.value
		switch {
		case strings.HasSuffix(each.name, "Inuse") && each.name != "HeapInuse":
		case each.name == "StackSys" || each.name == "MSpanSys" || each.name == "MCacheSys":
			name := strings.TrimSuffix(each.name, "Sys")
			text += "# " + name + " = " + held[name+"Inuse"] + " / " + each.value + "\n"
		default:
			text += "# " + each.name + " = " + each.value + "\n"
		}
	}
	if maxRSS != "" {
		text += "# MaxRSS = " + maxRSS + "\n"
	}
	return text
}

// As client_golang writes them.
func asExposition(fields []field) string {
	text := ""
	for _, each := range fields {
		for _, known := range fieldNames {
			if known.name == each.name {
				text += "# TYPE go_memstats_" + known.metric + " gauge\ngo_memstats_" + known.metric + " " + each.value + "\n"
			}
		}
	}
	return text
}
