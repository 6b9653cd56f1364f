package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
)

// States of a program in which nothing leaks, and of which memgap must tell the cause all the same. Each tells how many bytes it made.
var shapes = map[string]func(size int) (int64, error){
	"fragmented":  fragmented,
	"garbage":     garbage,
	"peak":        peak,
	"traces":      traces,
	"page-tables": sparse,
	"page-cache":  cached,
	"tmpfs":       unmapped,
	"dentries":    dentries,
	"pointers":    pointers,
	"sockets":     sockets,
}

func handleShapes() {
	http.HandleFunc("/shape/", func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		defer mutex.Unlock()
		name := strings.TrimPrefix(r.URL.Path, "/shape/")
		shape, exists := shapes[name]
		for _, more := range []map[string]func(int) (int64, error){ringShapes, heldShapes, {"undo": undoAll}} {
			if !exists {
				shape, exists = more[name]
			}
		}
		if !exists {
			http.Error(w, "this lab has no shape "+name, http.StatusNotImplemented)
			return
		}
		size, err := shape(number(r, "mib", 64))
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		answer(w, map[string]int64{"bytes": size})
	})
	http.HandleFunc("/tables", func(w http.ResponseWriter, _ *http.Request) {
		mutex.Lock()
		defer mutex.Unlock()
		where, err := tables()
		var own int64
		if err == nil {
			own, err = where.own()
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		answer(w, map[string]int64{"bytes": own})
	})
	http.HandleFunc("/go-metrics", func(w http.ResponseWriter, _ *http.Request) { writeMetrics(w) })
}

// Two of the eight objects of each span stay, in every span: none can be given back. Of objects up to 512 bytes newer Go has one less in a span.
func fragmented(size int) (int64, error) {
	const keep = 4
	type object [1024]byte
	var all []*object
	for i := 0; i < size*mib/1024; i++ {
		all = append(all, &object{1})
	}
	kept := make([]*object, 0, len(all)/keep)
	for i := 0; i < len(all); i += keep {
		kept = append(kept, all[i])
	}
	at := len(held)
	held = append(held, kept)
	undo(func() { // what stays is copied, side by side
		copies := make([]object, len(kept))
		for i, each := range kept {
			copies[i] = *each
		}
		held[at], kept = copies, nil
	})
	all = nil
	release()
	return int64(len(kept)) * (keep - 1) * 1024, nil
}

// Written to and forgotten, and no collection asked for: it stays until the next one.
func garbage(size int) (int64, error) {
	allocate(size, 64)
	return int64(size * mib), nil
}

// A heap of small objects that was needed once. Nothing of it stays but the runtime's own tables.
func peak(size int) (int64, error) {
	nodes(size)
	release()
	return int64(size * mib), nil
}

//go:noinline
func nodes(size int) {
	var first *node
	for i := 0; i < size*mib/48; i++ {
		first = &node{next: first}
	}
	runtime.KeepAlive(first)
}

// Allocations by so many different ways through the program, of each of which the heap profiler keeps the trace.
func traces(size int) (int64, error) {
	rate := runtime.MemProfileRate
	runtime.MemProfileRate = 1
	defer func() { runtime.MemProfileRate = rate }()
	before := buckets()
	for way := 0; buckets()-before < int64(size*mib); way += 1000 {
		for i := way; i < way+1000; i++ {
			left(i, 20)
		}
	}
	return buckets() - before, nil
}

func buckets() int64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.BuckHashSys)
}

var sink *[64]byte

//go:noinline
func left(way, depth int) { turn(way, depth) }

//go:noinline
func right(way, depth int) { turn(way, depth) }

func turn(way, depth int) {
	switch {
	case depth == 0:
		sink = new([64]byte)
	case way&1 == 0:
		left(way>>1, depth-1)
	default:
		right(way>>1, depth-1)
	}
}

// One page in each 2 MiB is touched and given back at once: its page of page table stays. (To read is not enough: not every kernel maps its
// zero page then. The whole 2 MiB must not be given back: from 6.14 on the table goes with them.)
func sparse(size int) (int64, error) {
	const reach = 2 * mib
	tables := size * mib / 4096
	const mapNoReserve = 0x4000
	memory, err := syscall.Mmap(-1, 0, tables*reach, syscall.PROT_READ, syscall.MAP_ANON|syscall.MAP_PRIVATE|mapNoReserve)
	if err != nil {
		return 0, err
	}
	undo(func() { _ = syscall.Munmap(memory) })
	if err := syscall.Madvise(memory, syscall.MADV_NOHUGEPAGE); err != nil {
		return 0, err
	}
	var sum byte
	for i := 0; i < len(memory); i += reach {
		sum += memory[i]
		if err := syscall.Madvise(memory[i:i+4096], syscall.MADV_DONTNEED); err != nil {
			return 0, err
		}
	}
	return int64(tables*4096) + int64(sum), nil
}

// Written and closed: the kernel keeps it in its cache.
func cached(size int) (int64, error) {
	file, err := fileOf(os.TempDir(), size*mib)
	if err != nil {
		return 0, err
	}
	return int64(size * mib), file.Close()
}

var openFiles []*os.File

// A file on tmpfs that nobody maps; without a name, so that it goes with the program.
func unmapped(size int) (int64, error) {
	file, err := fileOf("/dev/shm", size*mib)
	if err != nil {
		return 0, err
	}
	openFiles = append(openFiles, file)
	return int64(size * mib), os.Remove(file.Name())
}

// The kernel remembers what is not there: some 192 bytes a name. How many exactly only it knows.
func dentries(size int) (int64, error) {
	for i := 0; i < size*mib/192; i++ {
		_, _ = os.Stat(filepath.Join(os.TempDir(), fmt.Sprintf("none-%d-%d", os.Getpid(), i)))
	}
	release() // the names themselves
	return 0, nil
}

// Large objects with pointers that nobody writes to: Go 1.24 clears them all the same (golang/go#72991).
func pointers(size int) (int64, error) {
	for left := size; left > 0; left -= 4 {
		held = append(held, make([]*byte, 4*mib/8))
	}
	return int64(size * mib), nil
}

// What client_golang's Go collector would say, as far as memgap reads it.
func writeMetrics(w http.ResponseWriter) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	limit := debug.SetMemoryLimit(-1)
	for _, each := range []struct {
		name  string
		value uint64
	}{
		{"go_memstats_sys_bytes", m.Sys}, {"go_memstats_heap_alloc_bytes", m.HeapAlloc}, {"go_memstats_heap_sys_bytes", m.HeapSys},
		{"go_memstats_heap_idle_bytes", m.HeapIdle}, {"go_memstats_heap_inuse_bytes", m.HeapInuse},
		{"go_memstats_heap_released_bytes", m.HeapReleased}, {"go_memstats_stack_inuse_bytes", m.StackInuse},
		{"go_memstats_stack_sys_bytes", m.StackSys}, {"go_memstats_mspan_sys_bytes", m.MSpanSys},
		{"go_memstats_mcache_sys_bytes", m.MCacheSys}, {"go_memstats_buck_hash_sys_bytes", m.BuckHashSys},
		{"go_memstats_gc_sys_bytes", m.GCSys}, {"go_memstats_other_sys_bytes", m.OtherSys}, {"go_memstats_next_gc_bytes", m.NextGC},
		{"go_gc_duration_seconds_count", uint64(m.NumGC)}, {"go_gc_gomemlimit_bytes", uint64(limit)},
		{"go_goroutines", uint64(runtime.NumGoroutine())},
	} {
		fmt.Fprintf(w, "%s %d\n", each.name, each.value)
	}
	fmt.Fprintf(w, "go_info{version=%q} 1\n", runtime.Version())
}
