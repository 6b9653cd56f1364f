// A Go program with many mappings or much memory, that measures how long its own mmap takes: what a reader of its smaps costs it.
//
//	mapped -mappings N -mib N
//
// maps N pieces that the kernel does not join, and N MiB in one piece, all written to, in pages of 4 KiB. It prints "ready PID ADDRESS", and ends
// when its standard input closes. Beside /debug/pprof/ it answers /latency with what its maps and unmaps took since it was asked last, in
// microseconds: {"samples":N,"p50":N,"p999":N,"max":N}.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"runtime"
	"sort"
	"sync"
	"syscall"
	"time"
)

const (
	page  = 4096
	every = time.Millisecond
)

var (
	mutex sync.Mutex
	took  []time.Duration
)

func main() {
	mappings := flag.Int("mappings", 0, "pieces, two pages each, every second of them of no access")
	mib := flag.Int("mib", 0, "MiB in one piece")
	flag.Parse()

	for i := 0; i < *mappings; i++ {
		protection := syscall.PROT_NONE
		if i%2 == 0 {
			protection = syscall.PROT_READ | syscall.PROT_WRITE
		}
		piece := mapped(2*page, protection)
		if i%2 == 0 {
			piece[0] = 1
		}
	}
	if *mib > 0 {
		piece := mapped(*mib<<20, syscall.PROT_READ|syscall.PROT_WRITE)
		if err := syscall.Madvise(piece, 15 /* MADV_NOHUGEPAGE */); err != nil {
			log.Fatal(err)
		}
		for at := 0; at < len(piece); at += page {
			piece[at] = 1
		}
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/latency", latency)
	go measure()
	fmt.Printf("ready %d %s\n", os.Getpid(), listener.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	log.Fatal(http.Serve(listener, nil))
}

func mapped(size, protection int) []byte {
	piece, err := syscall.Mmap(-1, 0, size, protection, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		log.Fatal(err)
	}
	return piece
}

// A map and an unmap each millisecond; what the thread waited for a CPU, because the machine has other work, is not counted. One that took long kept
// others from their turn: what those would have waited is counted for them, or a stall of 200 ms would be one slow sample among 120000.
func measure() {
	runtime.LockOSThread()
	schedstat, err := os.Open(fmt.Sprintf("/proc/self/task/%d/schedstat", syscall.Gettid()))
	if err != nil {
		log.Fatal(err)
	}
	for {
		queued := runDelay(schedstat)
		begin := time.Now()
		piece := mapped(16*page, syscall.PROT_READ|syscall.PROT_WRITE)
		if err := syscall.Munmap(piece); err != nil {
			log.Fatal(err)
		}
		whole := time.Since(begin)
		spent := whole - (runDelay(schedstat) - queued)
		mutex.Lock()
		for left := spent; left > 0; left -= every {
			took = append(took, left)
		}
		mutex.Unlock()
		time.Sleep(every - whole)
	}
}

// The second field of schedstat: nanoseconds on a run queue (Documentation/scheduler/sched-stats.rst).
func runDelay(schedstat *os.File) time.Duration {
	var text [64]byte
	count, err := schedstat.ReadAt(text[:], 0)
	if err != nil && err != io.EOF {
		log.Fatal(err)
	}
	var running, waiting int64
	if _, err := fmt.Sscan(string(text[:count]), &running, &waiting); err != nil {
		log.Fatal(err)
	}
	return time.Duration(waiting)
}

func latency(w http.ResponseWriter, _ *http.Request) {
	mutex.Lock()
	own := took
	took = nil
	mutex.Unlock()
	sort.Slice(own, func(i, j int) bool { return own[i] < own[j] })
	at := func(share float64) float64 {
		if len(own) == 0 {
			return 0
		}
		return float64(own[int(share*float64(len(own)-1))].Nanoseconds()) / 1000
	}
	_ = json.NewEncoder(w).Encode(map[string]float64{"samples": float64(len(own)), "p50": at(0.5), "p999": at(0.999), "max": at(1)})
}
