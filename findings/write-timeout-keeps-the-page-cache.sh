#!/usr/bin/env bash
# net/http, http.Server.WriteTimeout: when it has passed, the connection is closed and the server's descriptor gone, and the file's page cache that FileServer
# sent by sendfile(2) is as fast as before: close(2) leaves what is queued to the kernel, as an orphan of no process (inode 0 in /proc/net/tcp), for as long as the
# reader's window stays shut and its probes are answered. With SetLinger(0) on the connection the same timeout resets it, and all pages are free.
#
# Seen with Go 1.26.8 and 1.27.4, Linux 6.18.44, amd64, a reader that never reads a file of 4 MiB: pages of it still in the page cache after
# posix_fadvise(POSIX_FADV_DONTNEED), two seconds after a WriteTimeout of one, and sockets without an owner that have something queued for it
#   WriteTimeout               768 of 1024 pages                1 orphan
#   WriteTimeout, SetLinger(0) 0                                0
#
# So a write timeout ends the goroutine and gives the descriptor back, and not the memory: what of a container's page cache slow readers hold, and no process shows
# any more, counts against its limit and is not taken back. TCP_USER_TIMEOUT on the listener ends it, too.
# Needs Go 1.24 or later on the PATH (no module but the standard library), Linux, a disk below TMPDIR. Exit code 1: it is otherwise now.
set -euo pipefail

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
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

const size = 4 << 20

func main() {
	for _, reset := range []bool{false, true} {
		pages, orphans := serve(reset)
		fmt.Printf("reset=%v pages=%d orphans=%d\n", reset, pages, orphans)
	}
}

// One reader that asks and never reads; what is left of the file in the page cache after the timeout, and who has it queued.
func serve(reset bool) (pages, orphans int) {
	name := fmt.Sprintf("file-%v", reset)
	must(os.WriteFile(name, make([]byte, size), 0o600))
	file, err := os.Open(name)
	must(err)
	must(file.Sync())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	files := http.FileServer(http.Dir("."))
	// what the reader's small window takes is header then, and none of the file's pages, which over loopback would be held at its end
	handler := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Filler", strings.Repeat("x", 8<<10))
		files.ServeHTTP(w, r)
	}
	server := &http.Server{Handler: http.HandlerFunc(handler), WriteTimeout: time.Second}
	server.ConnState = func(connection net.Conn, state http.ConnState) {
		if reset && state == http.StateNew {
			must(connection.(*net.TCPConn).SetLinger(0))
		}
	}
	go func() { _ = server.Serve(listener) }()
	dialer := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
	}}
	reader, err := dialer.Dial("tcp", listener.Addr().String())
	must(err)
	fmt.Fprintf(reader, "GET /%s HTTP/1.1\r\nHost: finding\r\n\r\n", name)
	time.Sleep(3 * time.Second)
	const dontNeed = 4
	_, _, errno := syscall.Syscall6(syscall.SYS_FADVISE64, file.Fd(), 0, 0, dontNeed, 0, 0)
	if errno != 0 {
		log.Fatal(errno)
	}
	pages = cached(file)
	orphans = queuedByNobody(listener.Addr().(*net.TCPAddr).Port)
	_ = reader.Close()
	_ = server.Close()
	return pages, orphans
}

// mincore(2) of a mapping that is not touched.
func cached(file *os.File) int {
	memory, err := syscall.Mmap(int(file.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_SHARED)
	must(err)
	defer syscall.Munmap(memory)
	there := make([]byte, size/4096)
	_, _, errno := syscall.Syscall(syscall.SYS_MINCORE, uintptr(unsafe.Pointer(&memory[0])), size, uintptr(unsafe.Pointer(&there[0])))
	if errno != 0 {
		log.Fatal(errno)
	}
	count := 0
	for _, each := range there {
		count += int(each & 1)
	}
	return count
}

// Connections of the server's port that have something to send and no inode.
func queuedByNobody(port int) (count int) {
	table, err := os.Open("/proc/net/tcp")
	must(err)
	defer table.Close()
	for lines := bufio.NewScanner(table); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 10 || !strings.HasSuffix(fields[1], fmt.Sprintf(":%04X", port)) {
			continue
		}
		queued, _ := strconv.ParseUint(strings.SplitN(fields[4], ":", 2)[0], 16, 64)
		if queued > 0 && fields[9] == "0" {
			count++
		}
	}
	return count
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
GO
GOTOOLCHAIN=local GOFLAGS=-mod=mod go build -o finding .
seen=$(./finding)
printf '%s\n' "$seen"
awk '
  /^reset=false/ { split($2, pages, "="); split($3, orphans, "="); kept = pages[2] > 512 && orphans[2] == 1 }
  /^reset=true/ { split($2, pages, "="); split($3, orphans, "="); freed = pages[2] == 0 && orphans[2] == 0 }
  END { exit !(kept && freed) }
' <<<"$seen" || { echo 'it is otherwise now' >&2; exit 1; }
