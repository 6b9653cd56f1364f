// The lab: a Go program whose memory is moved by request. Standard library only, Go 1.19 and later.
//
//	lab -listen 127.0.0.1:0 | unix:/run/lab.sock
//
// It prints one line, "ready PID ADDRESS", and ends when its standard input closes or a signal says so: no orphan outlives its test.
// Next to /debug/pprof/ and /debug/vars it answers (each with "ok"):
//
//	/grow?mib=N&chunk=KIB  keeps N MiB more of heap, written to, in pieces of KIB (64)
//	/drop?keep=N           lets the heap go, but for each N-th piece if N is given: what is left is fragmented
//	/gc                    collects, and returns nothing to the system by itself
//	/free                  debug.FreeOSMemory
//	/goroutines?n=N        N goroutines more, each of them parked with a stack that has grown (stack=KIB, 8)
//	/threads?n=N           N threads more, each locked to a parked goroutine
//	/cgo/grow?mib=N        C memory of malloc, written to, which the Go runtime does not know; 501 in the pure variant
//	/cgo/free              all of it
//
// and with JSON:
//
//	/leaks                 names of the leaks that this lab can make
//	/leak/NAME?mib=N       makes one, and tells what it injected and in which component memgap must book it
//	/truth                 tells it again, as it is now
//	/shape/NAME?mib=N      brings the program into a state that is no leak, and tells how many bytes that made
//	/shape/undo            lets go of what shapes hold: mappings, descriptors, locks
//	/tables                the resident bytes of the runtime's own tables, in the pure variant
//
// and what client_golang's Go collector would, on /go-metrics: most programs have no /metrics, and tests want one without.
package main

import (
	_ "expvar"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
)

const mib = 1 << 20

var (
	mutex sync.Mutex
	heap  [][]byte
)

func main() {
	address := flag.String("listen", "127.0.0.1:0", "host:port, or unix:PATH")
	flag.Parse()

	network := "tcp"
	if strings.HasPrefix(*address, "unix:") {
		network, *address = "unix", strings.TrimPrefix(*address, "unix:")
	}
	listener, err := net.Listen(network, *address)
	if err != nil {
		log.Fatal(err)
	}

	handle("/grow", func(r *http.Request) { grow(number(r, "mib", 1), number(r, "chunk", 64)) })
	handle("/drop", func(r *http.Request) { drop(number(r, "keep", 0)) })
	handle("/gc", func(*http.Request) { runtime.GC() })
	handle("/free", func(*http.Request) { debug.FreeOSMemory() })
	handle("/goroutines", func(r *http.Request) { park(number(r, "n", 1), number(r, "stack", 8), false) })
	handle("/threads", func(r *http.Request) { park(number(r, "n", 1), 0, true) })
	if cgo {
		handle("/cgo/grow", func(r *http.Request) { growC(number(r, "mib", 1)) })
		handle("/cgo/free", func(*http.Request) { freeC() })
	} else {
		http.HandleFunc("/cgo/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotImplemented) })
	}

	handleLeaks()
	handleShapes()

	fmt.Printf("ready %d %s\n", os.Getpid(), listener.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	log.Fatal(http.Serve(listener, nil))
}

// One request at a time, so that a test which has its answer knows the state.
func handle(path string, act func(*http.Request)) {
	http.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		defer mutex.Unlock()
		act(r)
		fmt.Fprintln(w, "ok")
	})
}

func number(r *http.Request, name string, otherwise int) int {
	value, err := strconv.Atoi(r.FormValue(name))
	if err != nil || value < 0 {
		return otherwise
	}
	return value
}

func grow(size, chunkKiB int) {
	chunk := chunkKiB << 10
	if chunk == 0 {
		return
	}
	for left := size * mib; left > 0; left -= chunk {
		piece := make([]byte, chunk)
		touch(piece)
		heap = append(heap, piece)
	}
}

// An untouched page is not resident.
func touch(memory []byte) {
	for i := 0; i < len(memory); i += 4096 {
		memory[i] = 1
	}
}

func drop(keep int) {
	var kept [][]byte
	for i, piece := range heap {
		if keep > 0 && i%keep == 0 {
			kept = append(kept, piece)
		}
	}
	heap = kept
}
