package main

import (
	"encoding/json"
	"net/http"
	"runtime"
	"runtime/debug"
	"sort"
	"strings"
)

// A leak on purpose: what takes the memory, and the component of memgap's RSS book that its resident bytes must be booked in.
type leak struct {
	component string
	// What must be told where memgap may read the program's memory (--process.memory-reads), if that is another one.
	withReads string
	inject    func(mib int) (injection, error)
}

// What a leak did.
type injection struct {
	// Pages whose residency is the injected amount.
	injected ranges
	// Live Go memory beside them: what of it is not resident is committed and never touched.
	untouched ranges
	// Memory of nobody else's that the leak needed for itself, by mmap.
	beside ranges
	// Bytes that were asked of the allocator.
	asked int64
}

// The answer to /leak/NAME and /truth, in bytes.
type truth struct {
	Leak      string `json:"leak"`
	Component string `json:"component"`
	WithReads string `json:"with_reads,omitempty"`
	Asked     int64  `json:"asked"`
	// Resident now.
	Injected int64 `json:"injected"`
	// What Go's allocator took for its heap and stacks beyond the pages that were injected: span tails, stacks outgrown.
	Overhead int64 `json:"overhead"`
	// Resident memory that the leak mapped to keep its own lists.
	Beside int64 `json:"beside"`
	// Of live Go memory that the leak allocated, not resident.
	NotResident int64 `json:"not_resident"`
}

// What was injected last: a lab is started for one leak.
var last struct {
	name string
	leak
	injection
	overhead int64
}

func leaks() map[string]leak {
	all := map[string]leak{}
	for _, some := range []map[string]leak{heapLeaks, hugePageLeaks, stackLeaks, mappingLeaks, fileLeaks, cLeaks} {
		for name, each := range some {
			all[name] = each
		}
	}
	return all
}

func handleLeaks() {
	all := leaks()
	http.HandleFunc("/leaks", func(w http.ResponseWriter, _ *http.Request) {
		names := []string{}
		for name := range all {
			names = append(names, name)
		}
		sort.Strings(names)
		answer(w, names)
	})
	http.HandleFunc("/leak/", func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		defer mutex.Unlock()
		name := strings.TrimPrefix(r.URL.Path, "/leak/")
		each, exists := all[name]
		if !exists {
			http.Error(w, "this lab has no leak "+name, http.StatusNotImplemented)
			return
		}
		before := inUse()
		injection, err := each.inject(number(r, "mib", 64))
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		last.name, last.leak, last.injection = name, each, injection
		last.injected, last.untouched = injection.injected.merged(), injection.untouched.merged()
		last.overhead = 0
		if extra := inUse() - before - known(injection.asked, last.injected.size()); each.component == "go_arenas" && extra > 0 {
			last.overhead = extra
		}
		answer(w, now())
	})
	http.HandleFunc("/truth", func(w http.ResponseWriter, _ *http.Request) {
		mutex.Lock()
		defer mutex.Unlock()
		answer(w, now())
	})
}

func now() truth {
	return truth{
		Leak:        last.name,
		Component:   last.component,
		WithReads:   last.withReads,
		Asked:       last.asked,
		Injected:    last.injected.resident(),
		Overhead:    last.overhead,
		Beside:      last.beside.merged().resident(),
		NotResident: last.untouched.size() - last.untouched.resident(),
	}
}

// What the leak itself accounts for: whole pages, where objects do not fill them.
func known(asked, pages int64) int64 {
	if pages > asked {
		return pages
	}
	return asked
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}

func inUse() int64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapInuse + stats.StackInuse)
}

// Collects and gives all free memory back. Twice: what a finalizer or a pool still held goes in the second round.
func release() {
	debug.FreeOSMemory()
	debug.FreeOSMemory()
}
