package main

import (
	_ "expvar"
	"fmt"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// What becomes hostile as a process: its endpoint, where it has one, is an honest Go program's.
type process struct {
	name, what string
	// Makes it so. One that goes on for ever does that in a goroutine; one that needs another program executes it.
	become func(folder string)
}

var processes []process

// Not in the declaration, which would be a cycle: what becomes hostile by an execve(2) comes back here.
func init() {
	processes = []process{
		{"mapping-churn", "ten thousand mappings, made and unmade all the time", func(string) { go churn() }},
		{"many-mappings", "forty thousand mappings", func(string) { alternate(40_000) }},
		{"page-tables", "64 MiB of page tables for zero pages, in one mapping and next to no RSS", func(string) { zeroPages(64 * mib) }},
		{"page-tables-restless", "16 MiB of page tables whose mapping is protected and unprotected all the time", func(string) { go toggle(zeroPages(16 * mib)) }},
		{"exec-loop", "executes itself again, each 50 ms", execLoop},
		{"renamed", "names with escapes: the executable's, its argument's and its own", rename},
		{"name-churn", "another name each two milliseconds, with a bracket and a line break in it", func(string) { go nameChurn() }},
		{"fork-storm", "children that end at once, up to twenty of them at a time", func(string) { go forkStorm() }},
		{"threads", "1500 threads", func(string) { park(1500) }},
		{"deleted", "an executable that is gone", deleted},
		{"huge-arguments", "more than a megabyte of arguments and environment", hugeArguments},
		{"descriptors", "eight thousand open files", func(string) { open(8_000) }},
		{"memory-files", "as many memfds as it may have, up to fifty thousand, with names that look like other things", func(string) { memoryFiles(50_000) }},
		{"stopped", "stopped by a signal", func(string) { go stopSelf() }},
		{"gone", "ends within half a second of its start", func(string) { go func() { time.Sleep(500 * time.Millisecond); os.Exit(0) }() }},
		{"named-pipe", "an executable with a FIFO of its name in its place", fifo},
		{"hung-executable", "an executable on a FUSE file system that does not answer any more; needs root and /dev/fuse", func(folder string) { hang(folder, "hung-executable") }},
		{"hung-lower-layer", "the same as the lower layer of an overlay", func(folder string) { hang(folder, "hung-lower-layer") }},
		{"hung-environment", "an environment on a page that a FUSE file system does not answer for; needs the same", func(folder string) { hang(folder, "hung-environment") }},
		{"hung-memory-file", "a file on one that does not answer, which looks like one of memory; needs the same", func(folder string) { hang(folder, "hung-memory-file") }},
		{"lock-held", "holds its own mmap lock for ever, by such a page; needs the same", func(folder string) { hang(folder, "lock-held") }},
	}
}

func be(name, folder string) {
	endWithParent()
	for _, each := range processes {
		if each.name == name {
			each.become(folder)
			ready(listen())
			select {}
		}
	}
	log.Fatalf("hostile: there is no process/%s", name)
}

func listen() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go func() { log.Fatal(http.Serve(listener, nil)) }()
	return listener.Addr().String()
}

func ready(address string) { fmt.Printf("ready %d %s\n", os.Getpid(), address) }

// SIGKILL, which ends one that is stopped, too; it outlives execve(2). And standard input, for a parent that was not a thread of its own.
func endWithParent() {
	prctl(syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL))
	go endWithStdin()
}

func prctl(option int, argument uintptr) {
	if _, _, err := syscall.RawSyscall(syscall.SYS_PRCTL, uintptr(option), argument, 0); err != 0 {
		log.Fatalf("prctl %d: %v", option, err)
	}
}

// Neighbours with the same rights would become one mapping. Makes them once; they are never written to.
func alternate(count int) [][]byte {
	all := make([][]byte, 0, count)
	for i := 0; i < count; i++ {
		rights := syscall.PROT_READ
		if i%2 == 1 {
			rights |= syscall.PROT_WRITE
		}
		one, err := syscall.Mmap(-1, 0, 4096, rights, syscall.MAP_PRIVATE|syscall.MAP_ANON)
		if err != nil {
			break // vm.max_map_count
		}
		all = append(all, one)
	}
	return all
}

func churn() {
	for {
		for _, one := range alternate(10_000) {
			_ = syscall.Munmap(one)
		}
		time.Sleep(100 * time.Millisecond) // a tenth of a core, not all of it
	}
}

const populateRead = 22 // MADV_POPULATE_READ, since Linux 5.14

// Reads pages that nobody wrote to: each has an entry of 8 bytes in a page table, and none is resident.
func zeroPages(tables int) []byte {
	memory, err := syscall.Mmap(-1, 0, tables/8*4096, syscall.PROT_READ, syscall.MAP_PRIVATE|syscall.MAP_ANON|syscall.MAP_NORESERVE)
	if err != nil {
		log.Fatal(err)
	}
	_ = syscall.Madvise(memory, syscall.MADV_NOHUGEPAGE)
	if syscall.Madvise(memory, populateRead) != nil {
		for at := 0; at < len(memory); at += 4096 {
			_ = memory[at]
		}
	}
	return memory
}

func toggle(memory []byte) {
	for {
		_ = syscall.Mprotect(memory, syscall.PROT_NONE)
		_ = syscall.Mprotect(memory, syscall.PROT_READ)
		time.Sleep(50 * time.Millisecond)
	}
}

// The n-th program that this process runs, by execve(2); 0 for the first.
func stage() int {
	n, _ := strconv.Atoi(os.Getenv("HOSTILE_STAGE"))
	return n
}

// Executes a program in place of this one, as the next stage of the same family.
func become(path, name, folder string, more ...string) {
	environment := append(os.Environ(), fmt.Sprint("HOSTILE_STAGE=", stage()+1))
	for i, each := range environment {
		if strings.HasPrefix(each, "HOSTILE_STAGE=") {
			environment[i] = fmt.Sprint("HOSTILE_STAGE=", stage()+1)
		}
	}
	log.Fatal(syscall.Exec(path, append([]string{path, "be", name, folder}, more...), environment))
}

func self() string {
	path, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	return path
}

// A copy of this program under a name of the caller's.
func copyTo(path string) string {
	program, err := os.ReadFile(self())
	if err == nil {
		err = os.WriteFile(path, program, 0o755)
	}
	if err != nil {
		log.Fatal(err)
	}
	return path
}

func execLoop(folder string) {
	if stage() == 0 {
		ready("-")
	}
	time.Sleep(50 * time.Millisecond)
	become("/proc/self/exe", "exec-loop", folder)
}

const escapes = "\x1b]0;owned\x07\x1b[2J\n\u202e\u2028<script> (deleted)"

func rename(folder string) {
	if stage() == 0 {
		become(copyTo(filepath.Join(folder, escapes)), "renamed", folder, escapes)
	}
	_ = os.WriteFile("/proc/self/comm", []byte(") R 1 \x1b[2J\n"), 0)
}

func nameChurn() {
	for n := 0; ; n++ {
		comm := fmt.Sprintf(") R %d\n\x1b[31m", n%1000)
		_ = os.WriteFile("/proc/self/comm", []byte(comm), 0)
		time.Sleep(2 * time.Millisecond)
	}
}

func forkStorm() {
	turns := make(chan struct{}, 20)
	for {
		turns <- struct{}{}
		child := exec.Command(self(), "blink")
		child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		go func() {
			_ = child.Run()
			<-turns
		}()
		time.Sleep(10 * time.Millisecond)
	}
}

func blink() { time.Sleep(150 * time.Millisecond) }

func park(count int) {
	begun := make(chan struct{})
	for i := 0; i < count; i++ {
		go func() {
			runtime.LockOSThread()
			begun <- struct{}{}
			select {}
		}()
		<-begun
	}
}

func deleted(folder string) {
	path := filepath.Join(folder, "program")
	if stage() == 0 {
		become(copyTo(path), "deleted", folder)
	}
	_ = os.Remove(path)
}

// A FIFO where the path of the executable leads: whoever opens that instead of /proc/PID/exe waits for a writer.
func fifo(folder string) {
	path := filepath.Join(folder, "program")
	if stage() == 0 {
		become(copyTo(path), "named-pipe", folder)
	}
	_ = os.Remove(path)
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		log.Fatal(err)
	}
}

// execve(2) takes a quarter of the stack's limit for both, and 128 KiB for each of them.
func hugeArguments(folder string) {
	if stage() > 0 {
		return
	}
	more := make([]string, 8)
	for i := range more {
		more[i] = strings.Repeat("\x1b[2J", 15*kib)
	}
	for i := 0; i < 8; i++ {
		_ = os.Setenv(fmt.Sprint("HOSTILE_", i), strings.Repeat("\n\x1b[2J", 12*kib))
	}
	_ = os.Setenv("GOGC", "100")
	become(self(), "huge-arguments", folder, more...)
}

func open(count int) {
	most := syscall.Rlimit{Cur: uint64(count + 100), Max: uint64(count + 100)}
	_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &most)
	for i := 0; i < count/2; i++ {
		if _, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0); err != nil {
			return
		}
	}
}

// memfd_create(2), which package syscall does not name.
var memfdCreate = map[string]uintptr{"amd64": 319, "arm64": 279}[runtime.GOARCH]

// Each a page, and its name what another kind of descriptor or a path would be; fewer where a process may not have so many.
func memoryFiles(count int) {
	var may syscall.Rlimit
	_ = syscall.Getrlimit(syscall.RLIMIT_NOFILE, &may)
	may.Cur = may.Max
	_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &may)
	names := []string{"\x1b]0;owned\x07\x1b[2J", "\n\u202e<script>", "socket:[1]", " (deleted)", "/../../x", strings.Repeat("n", 249)}
	count = min(count, int(may.Max)-200) // and its own
	for i := 0; i < count; i++ {
		name, _ := syscall.BytePtrFromString(names[i%len(names)])
		fd, _, errno := syscall.Syscall(memfdCreate, uintptr(unsafe.Pointer(name)), 0, 0)
		if errno != 0 {
			return
		}
		_, _ = syscall.Write(int(fd), []byte{1})
	}
}

// After it has said that it is ready.
func stopSelf() {
	time.Sleep(200 * time.Millisecond)
	_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
}

// VmHWM, by getrusage(2), in bytes.
func ownPeak() int64 {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return usage.Maxrss * kib
}
