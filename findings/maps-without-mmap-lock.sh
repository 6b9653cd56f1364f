#!/usr/bin/env bash
# Linux 6.18: while a thread holds a process's mmap_lock for writing, or waits to, /proc/PID/maps is answered in microseconds (but for the very mapping that
# is being changed), and /proc/PID/smaps waits. The two files are made by the same code, and up to Linux 6.16 both waited: since 6.17 maps takes the lock of
# each mapping (fs/proc/task_mmu.c, CONFIG_PER_VMA_LOCK), and smaps does not.
#
# Seen on 6.18.44, amd64, Go 1.26.8, two CPUs: microseconds to the first bytes, medians of 41 reads, four runs
#   still    maps 19 to 42  smaps 66 to 216          nobody has the lock for long
#   waiting  maps 26 to 56  smaps 238469 to 250468   one thread reads under it (madvise over 32 MiB of page tables), one waits to write
#   holding  maps 33 to 56  smaps 228739 to 277891   one thread writes under it (mprotect over the same)
#
# So how long a reader of smaps (smaps_rollup, pagemap) waits is for the process to decide; who wants only where things lie does not wait any more.
# Needs Go 1.24 or later on the PATH (no module but the standard library), amd64 or arm64, 64 MiB. Exit code 1: it is otherwise now; 3: not this kernel.
set -euo pipefail

release=$(uname -r)
major=${release%%.*} minor=${release#*.}
if [ $((major * 1000 + ${minor%%[!0-9]*})) -lt 6017 ]; then
  echo "SKIPPED: Linux $release, and this is about 6.17 and later" >&2
  exit 3
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf 'module finding\n\ngo 1.24\n' >go.mod
cat >main.go <<'GO'
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"time"
)

const size = 16 << 30

func main() {
	if len(os.Args) > 1 {
		be(os.Args[1])
	}
	for _, mode := range []string{"still", "waiting", "holding"} {
		child := exec.Command("/proc/self/exe", mode)
		child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		must(err)
		must(child.Start())
		_, err = bufio.NewReader(out).ReadString('\n')
		must(err)
		path := "/proc/" + strconv.Itoa(child.Process.Pid) + "/"
		fmt.Printf("%s maps %d smaps %d\n", mode, median(path+"maps"), median(path+"smaps"))
		must(child.Process.Kill())
		_ = child.Wait()
	}
}

func be(mode string) {
	at := mapped(0, size, syscall.PROT_READ)
	call(syscall.SYS_MADVISE, at, size, 15) // MADV_NOHUGEPAGE
	call(syscall.SYS_MADVISE, at, size, 22) // MADV_POPULATE_READ: zero pages, and 32 MiB of page tables for them
	for n := range uintptr(400) {           // below it, so that the first bytes of both files are not about it
		mapped(at-(n+1)*4096, 4096, n%2*syscall.PROT_READ)
	}
	fmt.Println("ready")
	switch mode {
	case "waiting":
		go func() {
			for {
				call(syscall.SYS_MPROTECT, at, 4096, syscall.PROT_READ|syscall.PROT_WRITE)
				call(syscall.SYS_MPROTECT, at, 4096, syscall.PROT_READ)
			}
		}()
		for {
			call(syscall.SYS_MADVISE, at, size, 20) // MADV_COLD
		}
	case "holding":
		for {
			call(syscall.SYS_MPROTECT, at, size, syscall.PROT_NONE)
			call(syscall.SYS_MPROTECT, at, size, syscall.PROT_READ)
		}
	}
	time.Sleep(time.Hour)
}

func mapped(hint, size, protection uintptr) uintptr {
	const flags = syscall.MAP_PRIVATE | syscall.MAP_ANON | syscall.MAP_NORESERVE
	at, _, errno := syscall.Syscall6(syscall.SYS_MMAP, hint, size, protection, flags, ^uintptr(0), 0)
	if errno != 0 {
		log.Fatal("mmap: ", errno)
	}
	return at
}

func call(number, a, b, c uintptr) {
	if _, _, errno := syscall.Syscall(number, a, b, c); errno != 0 {
		log.Fatal(number, ": ", errno)
	}
}

// Microseconds to the first bytes of a file.
func median(path string) int64 {
	var took []int64
	buffer := make([]byte, 1024)
	for range 41 {
		file, err := os.Open(path)
		must(err)
		begin := time.Now()
		_, err = file.Read(buffer)
		must(err)
		took = append(took, time.Since(begin).Microseconds())
		must(file.Close())
		time.Sleep(7 * time.Millisecond)
	}
	slices.Sort(took)
	return took[len(took)/2]
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
GO
GOFLAGS=-mod=mod GOWORK=off go build -o finding .
echo "Linux $release, $(uname -m), $(go env GOVERSION)"
./finding | tee seen
awk '
  { maps[$1] = $3; smaps[$1] = $5 }
  END {
    if (maps["still"] > 5000 || smaps["still"] > 5000) { print "UNDECIDED: the machine is too busy"; exit 1 }
    for (mode in maps) if (mode != "still" && (maps[mode] > 5000 || smaps[mode] < 10 * maps[mode])) changed = 1
    if (changed) { print "CHANGED"; exit 1 }
    print "as described: smaps waits for the lock, and maps does not"
  }' seen
