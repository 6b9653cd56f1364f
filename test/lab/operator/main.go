// The operator: what a container holds beside memgap in the tests. It does what an operator of Kubernetes does with memory, by request:
// objects are decoded from JSON into maps, kept, indexed and worked on while they exist, and let go when they are deleted.
//
//	operator [-listen :8080] [-pprof 127.0.0.1:6060] [-data DIR] [-tmpfs DIR] [-nondumpable]
//	operator -pause        does nothing but reap orphans, as the pause process of a pod
//
// Answers on -listen, each with "ok" when it is done (net/http/pprof is on -pprof only):
//
//	/create?objects=1000   makes objects, works on each of them, and keeps them
//	/delete                lets all of them go, but for what an index still holds
//	/settle                collects, and gives back to the system what can be given back, as the scavenger does with time
//	/quiet                 the same, and from now on collects each few hundred KiB: what the requests need moves the heap no more
//	/cache?mib=N           N MiB of page cache: a file in -data, written and synced
//	/tmpfs?mib=N           N MiB of tmpfs: a file in -tmpfs
//	/anonymous?mib=N       N MiB of anonymous memory that is not Go's
//	/lazy?mib=N            the same, freed lazily (MADV_FREE): resident until the kernel wants it
//	/locked?mib=N          the same, locked (mlock)
//	/child?mib=N           a child process that takes N MiB, and that the kernel kills first; answers when it is gone, with how
//	/eat?mib=N             takes N MiB itself, a MiB at a time; no answer if that was too much
//	/pprof?listen=ADDRESS  moves pprof to another address
//
// It ends by a signal: as the main process of its container it lives as long as that.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
)

const mib = 1 << 20

var (
	mutex  sync.Mutex
	pages  *http.Server
	mapped [][]byte
)

func main() {
	listen := flag.String("listen", ":8080", "host:port of the requests")
	profiles := flag.String("pprof", "127.0.0.1:6060", "host:port of net/http/pprof")
	data := flag.String("data", "/data", "a folder on a disk")
	tmpfs := flag.String("tmpfs", "/dev/shm", "a folder on a tmpfs")
	nondumpable := flag.Bool("nondumpable", false, "prctl(PR_SET_DUMPABLE, 0)")
	pause := flag.Bool("pause", false, "do nothing but reap orphans")
	eat := flag.Int("eat", 0, "take so many MiB, and end (what /child starts)")
	flag.Parse()

	if *pause {
		reap()
	}
	if *eat > 0 {
		// a child is the kernel's first choice, and raising one's own score takes no right (proc_pid_oom_score_adj(5))
		must(os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0))
		anonymous(*eat)
		return
	}
	if *nondumpable {
		if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_DUMPABLE, 0, 0); errno != 0 {
			log.Fatal(errno)
		}
	}
	must(profile(*profiles))

	handle("/create", func(r *http.Request) (any, error) { return "ok", create(number(r, "objects")) })
	handle("/delete", func(*http.Request) (any, error) { objects = nil; return "ok", nil })
	handle("/settle", func(*http.Request) (any, error) { debug.FreeOSMemory(); return "ok", nil })
	handle("/quiet", func(*http.Request) (any, error) {
		debug.SetGCPercent(10) // of a least heap of 4 MiB
		debug.FreeOSMemory()
		return "ok", nil
	})
	handle("/cache", func(r *http.Request) (any, error) {
		return "ok", file(filepath.Join(*data, "cache"), number(r, "mib"))
	})
	handle("/tmpfs", func(r *http.Request) (any, error) {
		return "ok", file(filepath.Join(*tmpfs, "operator"), number(r, "mib"))
	})
	handle("/anonymous", func(r *http.Request) (any, error) { anonymous(number(r, "mib")); return "ok", nil })
	handle("/lazy", func(r *http.Request) (any, error) {
		return "ok", syscall.Madvise(anonymous(number(r, "mib")), 8) // MADV_FREE
	})
	handle("/locked", func(r *http.Request) (any, error) { return "ok", syscall.Mlock(anonymous(number(r, "mib"))) })
	handle("/child", func(r *http.Request) (any, error) {
		err := exec.Command("/proc/self/exe", "-eat", strconv.Itoa(number(r, "mib"))).Run()
		return fmt.Sprintf("child: %v", err), nil
	})
	handle("/eat", func(r *http.Request) (any, error) {
		for i := 0; i < number(r, "mib"); i++ {
			anonymous(1)
		}
		return "ok", nil
	})
	handle("/pprof", func(r *http.Request) (any, error) { return "ok", profile(r.FormValue("listen")) })

	log.Fatal(http.ListenAndServe(*listen, nil))
}

// One request at a time, so that a test which has its answer knows the state.
func handle(path string, act func(*http.Request) (any, error)) {
	http.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		defer mutex.Unlock()
		answer, err := act(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, answer)
	})
}

func number(r *http.Request, name string) int {
	value, err := strconv.Atoi(r.FormValue(name))
	if err != nil || value < 0 {
		return 0
	}
	return value
}

// Until it is killed. The orphans of a pid namespace are the children of its first process (pid_namespaces(7)).
func reap() {
	children := make(chan os.Signal, 1)
	signal.Notify(children, syscall.SIGCHLD)
	for range children {
		for pid := 1; pid > 0; pid, _ = syscall.Wait4(-1, nil, syscall.WNOHANG, nil) {
		}
	}
}

// Opens pprof at an address before it closes the one that was open.
func profile(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	if pages != nil {
		pages.Close() // with the connections that are kept alive
	}
	pages = &http.Server{Handler: mux}
	go pages.Serve(listener)
	return nil
}

func anonymous(size int) []byte {
	if size == 0 {
		return nil
	}
	memory, err := syscall.Mmap(-1, 0, size*mib, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	must(err)
	for i := 0; i < len(memory); i += 4096 {
		memory[i] = 1
	}
	mapped = append(mapped, memory)
	return memory
}

// Synced, for page cache that is dirty can't be taken back.
func file(path string, size int) error {
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	defer out.Close()
	piece := make([]byte, mib)
	for i := 0; i < size; i++ {
		if _, err := out.Write(piece); err != nil {
			return err
		}
	}
	return out.Sync()
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
