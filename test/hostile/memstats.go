package main

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

const most = 1<<53 - 1 // the largest whole number that JavaScript can tell from its neighbours

// MemStats as a program may tell them that is not Go, or lies: at /vars as expvar, at /heap as a profile's end, at /metrics as metrics.
// The function gets how often that path was asked before.
type numbers struct {
	name, what string
	of         func(n int) []field
}

func memstatsPages() []page {
	var all []page
	for _, each := range memstats {
		all = append(all, page{"memstats", each.name, each.what, inAllForms(each.of)})
	}
	return all
}

var memstats = []numbers{
	{"growing-heap", "a heap that grows from nothing to 2^47 bytes, all that amd64 has, between two reads", swing(heapOf(0, 0), heapOf(1<<47, 0))},
	{"shrinking-heap", "a heap that shrinks from 2^47 bytes to nothing between two reads", swing(heapOf(1<<47, 0), heapOf(0, 0))},
	{"growing-released", "2^47 bytes of released heap that appear between two reads", swing(heapOf(mib, 0), heapOf(1<<47, 1<<47))},
	{"growing-stacks", "stacks that grow from nothing to 2^47 bytes between two reads", swing(quiet(), stacks(1<<47))},
	{"growing-metadata", "tables that grow from nothing to 2^47 bytes between two reads", swing(quiet(), tables(1<<45))},
	{"largest-heap", "a heap of all but 2^53 bytes, all of it in use", always(heapOf(most-64*kib, 0))},
	{"largest-released", "a heap of all but 2^53 bytes, all of it released", always(heapOf(most-64*kib, most-64*kib))},
	{"odd-sizes", "a heap of a prime number of bytes", always(heapOf(1000000007, 999983))},
	{"all-most", "all fields 2^53 - 1", always(all(strconv.Itoa(most)))},
	{"all-zero", "all fields 0", always(all("0"))},
	{"beyond-most", "parts whose sum is beyond 2^53", always(with(with(heapOf(most-64*kib, 0), "GCSys", "64"), "Sys", "9007199254741055"))},
	{"negative", "a heap below nothing", always(with(with(quiet(), "HeapSys", "-4194304"), "HeapIdle", "-4194305"))},
	{"negative-zero", "-0", always(with(quiet(), "GCSys", "-0"))},
	{"fractional", "half a byte", always(with(with(quiet(), "HeapAlloc", "1.5"), "HeapInuse", "3145728"))},
	{"exponent", "a size as 1e400", always(with(quiet(), "HeapSys", "1e400"))},
	{"long-number", "a size of 60000 digits", always(with(quiet(), "HeapSys", strings.Repeat("9", 60_000)))},
	{"hexadecimal", "a size as 0x400000", always(with(quiet(), "HeapSys", "0x400000"))},
	{"not-a-number", "NaN", always(with(quiet(), "HeapSys", "NaN"))},
	{"infinite", "Infinity", always(with(quiet(), "HeapSys", "Infinity"))},
	{"text", "a size in quotes", always(with(quiet(), "HeapSys", `"4194304"`))},
	{"missing", "no HeapReleased", always(with(quiet(), "HeapReleased", ""))},
	{"duplicated", "HeapSys twice, and both times otherwise", always(append(quiet(), field{"HeapSys", "1"}))},
	{"inconsistent", "a Sys that is not the sum of its parts", always(with(quiet(), "Sys", "1"))},
	{"released-beyond-idle", "more released than idle", always(with(quiet(), "HeapReleased", "2097152"))},
	{"alloc-beyond-inuse", "more allocated than in use", always(with(quiet(), "HeapAlloc", "1125899906842624"))},
	{"next-gc-most", "a goal of 2^63 - 1, as with GOGC=off", always(with(quiet(), "NextGC", "9223372036854775807"))},
	{"next-gc-beyond", "a goal of 2^80", always(with(quiet(), "NextGC", "1208925819614629174706176"))},
	{"cycles-back", "fewer collections at each read", func(n int) []field { return with(quiet(), "NumGC", strconv.Itoa(1_000_000-n)) }},
	{"restless", "a heap of another size at each read", func(n int) []field { return heapOf(int64(1+n*7919%4096)*mib, 0) }},
}

func always(fields []field) func(int) []field { return func(int) []field { return fields } }

func swing(one, other []field) func(int) []field {
	return func(n int) []field {
		if n%2 == 0 {
			return one
		}
		return other
	}
}

func stacks(size int64) []field {
	return consistent(map[string]int64{"HeapSys": 4 * mib, "HeapInuse": 4 * mib, "StackSys": size, "StackInuse": size})
}

func tables(size int64) []field {
	return consistent(map[string]int64{"HeapSys": 4 * mib, "HeapInuse": 4 * mib, "MSpanSys": size, "GCSys": size, "BuckHashSys": size, "OtherSys": size})
}

func all(value string) []field {
	fields := quiet()
	for i := range fields {
		fields[i].value = value
	}
	return fields
}

func inAllForms(of func(int) []field) http.HandlerFunc {
	var mutex sync.Mutex
	asked := map[string]int{}
	return func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		n := asked[r.URL.Path]
		asked[r.URL.Path]++
		mutex.Unlock()
		fields := of(n)
		switch {
		case strings.HasSuffix(r.URL.Path, "/vars"):
			_, _ = io.WriteString(w, asJSON(fields))
		case strings.HasSuffix(r.URL.Path, "/heap"):
			_, _ = io.WriteString(w, asProfile(fields, fmt.Sprint(ownPeak())))
		case strings.HasSuffix(r.URL.Path, "/metrics"):
			_, _ = io.WriteString(w, asExposition(fields))
		default:
			_, _ = io.WriteString(w, honestIndex)
		}
	}
}
