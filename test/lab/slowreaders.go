package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Files of 4 MiB that net/http's FileServer sends (sendfile) to readers that never read, and what is said to help against it, each tried by itself.
func init() {
	shapes["slow-readers"] = func(size int) (int64, error) { return slowReaders(size, mending{}) }
	shapes["slow-readers-write-timeout"] = func(size int) (int64, error) {
		return slowReaders(size, mending{writeTimeout: time.Second})
	}
	shapes["slow-readers-user-timeout"] = func(size int) (int64, error) {
		return slowReaders(size, mending{userTimeout: 2 * time.Second})
	}
	shapes["slow-readers-reset"] = func(size int) (int64, error) {
		return slowReaders(size, mending{writeTimeout: time.Second, reset: true})
	}
}

type mending struct {
	// Of http.Server.
	writeTimeout time.Duration
	// TCP_USER_TIMEOUT of tcp(7).
	userTimeout time.Duration
	// SetLinger(0): what was not taken is dropped at the close.
	reset bool
}

const tcpUserTimeout = 18 // TCP_USER_TIMEOUT, which package syscall does not name

func slowReaders(size int, how mending) (int64, error) {
	folder, err := os.MkdirTemp("", "lab-slow-")
	if err != nil {
		return 0, err
	}
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		if how.userTimeout == 0 {
			return nil
		}
		var failed error
		err := raw.Control(func(fd uintptr) {
			failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(how.userTimeout.Milliseconds()))
		})
		if err != nil {
			return err
		}
		return failed
	}}
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	// what the readers' small windows hold is header then, and none of the files' pages: readers elsewhere would hold none either
	filler := strings.Repeat("x", 8<<10)
	files := http.FileServer(http.Dir(folder))
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Filler", filler)
			files.ServeHTTP(w, r)
		}),
		WriteTimeout: how.writeTimeout,
		ConnState: func(connection net.Conn, state http.ConnState) {
			if state != http.StateNew {
				return
			}
			if how.reset {
				_ = connection.(*net.TCPConn).SetLinger(0)
			}
		},
	}
	go func() { _ = server.Serve(listener) }()
	dialer := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) {
			_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096)
		})
	}}
	content := make([]byte, 4*mib)
	for i := 0; i < size/4; i++ {
		name := fmt.Sprint(i)
		if err := writeSynced(filepath.Join(folder, name), content); err != nil {
			return 0, err
		}
		reader, err := dialer.Dial("tcp", listener.Addr().String())
		if err != nil {
			return 0, err
		}
		if _, err := fmt.Fprintf(reader, "GET /%s HTTP/1.1\r\nHost: lab\r\n\r\n", name); err != nil {
			return 0, err
		}
		connections = append(connections, reader)
	}
	time.Sleep(500 * time.Millisecond)
	// the cache goes with the file, unless something else holds it: so they are left, and go with the lab's TMPDIR
	return int64(size * mib), nil
}

func writeSynced(path string, content []byte) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Write(content); err != nil {
		return err
	}
	return file.Sync()
}
