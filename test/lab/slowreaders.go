package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
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
	shapes["slow-readers-small-buffer"] = func(size int) (int64, error) {
		return slowReaders(size, mending{writeBuffer: 64 << 10})
	}
	shapes["pipes-unread"] = pipesUnread
	shapes["eventfds"] = eventfds
}

type mending struct {
	// Of http.Server.
	writeTimeout time.Duration
	// TCP_USER_TIMEOUT of tcp(7).
	userTimeout time.Duration
	writeBuffer int
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
	server := &http.Server{
		Handler:      http.FileServer(http.Dir(folder)),
		WriteTimeout: how.writeTimeout,
		ConnState: func(connection net.Conn, state http.ConnState) {
			if state != http.StateNew {
				return
			}
			if how.writeBuffer > 0 {
				_ = connection.(*net.TCPConn).SetWriteBuffer(how.writeBuffer)
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

// A MiB in each of so many pipes that nobody reads.
func pipesUnread(size int) (int64, error) {
	const setPipeSize = 1031
	content := make([]byte, mib)
	for i := 0; i < size; i++ {
		reader, writer, err := os.Pipe()
		if err != nil {
			return 0, err
		}
		if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, writer.Fd(), setPipeSize, mib); errno != 0 {
			return 0, fmt.Errorf("F_SETPIPE_SZ: %w", errno)
		}
		if _, err := writer.Write(content); err != nil {
			return 0, err
		}
		openFiles = append(openFiles, reader, writer)
	}
	return int64(size * mib), nil
}

// As many eventfds as take so much: 415 bytes each were measured on Linux 6.18.
func eventfds(size int) (int64, error) {
	count := size * mib / 415
	var may syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &may); err != nil {
		return 0, err
	}
	may.Cur = may.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &may); err != nil {
		return 0, err
	}
	if most := int(may.Max) - 100; count > most {
		count = most
	}
	for i := 0; i < count; i++ {
		if _, _, errno := syscall.RawSyscall(syscall.SYS_EVENTFD2, 0, 0, 0); errno != 0 {
			return 0, errno
		}
	}
	return int64(count * 415), nil
}
