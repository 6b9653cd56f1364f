package main

import (
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

var (
	sum    byte
	rounds atomic.Int64
)

func mapFile(file string, rights, flags int) []byte {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	must(err)
	defer f.Close()
	stat, err := f.Stat()
	must(err)
	memory, err := syscall.Mmap(int(f.Fd()), 0, int(stat.Size()), rights, flags)
	must(err)
	return memory
}

func readThrough(memory []byte) {
	for i := 0; i < len(memory); i += 4096 {
		sum += memory[i]
	}
}

func readFile(file string, buffer []byte) {
	f, err := os.Open(file)
	must(err)
	defer f.Close()
	for {
		if n, _ := f.Read(buffer); n == 0 {
			return
		}
	}
}

// Does it again and again for as long as the program lives, first before it is ready.
func always(pause time.Duration, act func()) {
	act()
	go func() {
		for {
			time.Sleep(pause)
			act()
			rounds.Add(1)
		}
	}()
}

func awaitRounds(count int64) {
	for until := rounds.Load() + count; rounds.Load() < until; {
		time.Sleep(10 * time.Millisecond)
	}
}

func init() {
	const shared, private = syscall.MAP_SHARED, syscall.MAP_PRIVATE

	// an index, a database, a big executable: mapped and in use all the time
	shapes["hot-file"] = shape{start: func(file string) {
		live(20)
		memory := mapFile(file, syscall.PROT_READ, shared)
		always(time.Second, func() { readThrough(memory) })
	}, load: func(string) { awaitRounds(6) }}

	// the same by read(2): its pages are active_file, and no part of RSS
	shapes["active-file"] = shape{start: func(file string) {
		buffer := make([]byte, mib)
		always(500*time.Millisecond, func() { readFile(file, buffer) })
	}, load: func(string) { awaitRounds(12) }}

	// as bbolt with Mlock (etcd's --memory-mlock)
	shapes["locked-file"] = shape{start: func(file string) {
		live(10)
		memory := mapFile(file, syscall.PROT_READ, shared)
		must(syscall.Mlock(memory))
	}, load: func(string) { churn(6, 20) }}

	// as a vault: everything that it has, and whatever comes
	shapes["locked-all"] = shape{start: func(file string) {
		must(syscall.Mlockall(syscall.MCL_CURRENT | syscall.MCL_FUTURE))
		mapFile(file, syscall.PROT_READ, shared)
		live(10)
	}, load: func(string) { churn(6, 20) }}

	// written to in place: copies of the pages, which are anonymous
	shapes["private-file"] = shape{start: func(file string) {
		memory := mapFile(file, syscall.PROT_READ|syscall.PROT_WRITE, private)
		for i := 0; i < len(memory); i += 4096 {
			memory[i]++
		}
		held = append(held, memory)
	}, load: func(string) { churn(6, 10) }}

	// a peak of a mapped file that is over when one looks
	shapes["file-peak"] = shape{start: func(string) { live(5) }, load: func(file string) {
		memory := mapFile(file, syscall.PROT_READ, shared)
		readThrough(memory)
		churn(2, 20)
		must(syscall.Munmap(memory))
		churn(4, 20)
	}}

	// and of memory past Go's runtime
	shapes["native-peak"] = shape{start: func(string) { live(5) }, load: func(string) {
		memory := anonymous(150)
		churn(2, 20)
		must(syscall.Munmap(memory))
		churn(4, 20)
	}}

	// logs: written once, read by nobody, taken back whenever the kernel needs them
	shapes["log-writer"] = shape{start: func(string) { live(10) }, load: func(file string) {
		buffer := make([]byte, mib)
		f, err := os.Create(file + ".log")
		must(err)
		for second := 0; second < 6; second++ {
			for i := 0; i < 30; i++ {
				_, err := f.Write(buffer)
				must(err)
			}
			must(f.Sync())
			time.Sleep(time.Second)
		}
		must(f.Close())
		must(os.Remove(file + ".log"))
	}}

	// tmpfs that no process maps
	shapes["tmpfs"] = shape{start: func(string) { live(10) }, load: func(string) {
		f, err := os.CreateTemp("/dev/shm", "advice-")
		must(err)
		must(os.Remove(f.Name()))
		buffer := make([]byte, mib)
		for i := 0; i < 80; i++ {
			_, err := f.Write(buffer)
			must(err)
		}
		held = append(held, f)
		churn(6, 10)
	}}

	// net/http's file server: sendfile leaves the pages of the files in the send queues of clients that do not read
	shapes["file-server"] = shape{start: func(folder string) {
		live(10)
		http.Handle("/f/", http.StripPrefix("/f/", http.FileServer(http.Dir(filepath.Clean(folder)))))
	}, load: func(string) {
		churn(3, 10)
		first := list(60) // what it needs while they wait
		time.Sleep(2 * time.Second)
		runtime.KeepAlive(first)
		first = nil
		churn(1, 10)
	}}
}
