package main

import (
	"fmt"
	"os"
	"syscall"
)

// Kernel memory behind open files, and what gives it back: a shape that ends in "-read" or "-closed" undoes the one before it.
func init() {
	shapes["pipes-unread"] = pipesUnread
	shapes["pipes-read"] = pipesRead
	shapes["unix-unread"] = unixUnread
	shapes["unix-read"] = unixRead
	shapes["eventfds"] = eventfds
	shapes["eventfds-closed"] = eventfdsClosed
}

var (
	pipeEnds  [][2]int
	unixPairs [][2]int
	events    []int
)

// A MiB in each of so many pipes that nobody reads.
func pipesUnread(size int) (int64, error) {
	const setPipeSize = 1031
	content := make([]byte, mib)
	for i := 0; i < size; i++ {
		var ends [2]int
		if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK); err != nil {
			return 0, err
		}
		if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(ends[1]), setPipeSize, mib); errno != 0 {
			return 0, fmt.Errorf("F_SETPIPE_SZ: %w", errno)
		}
		if _, err := syscall.Write(ends[1], content); err != nil {
			return 0, err
		}
		pipeEnds = append(pipeEnds, ends)
	}
	return int64(size * mib), nil
}

func pipesRead(int) (int64, error) {
	into := make([]byte, mib)
	for _, ends := range pipeEnds {
		for {
			if count, err := syscall.Read(ends[0], into); err != nil || count == 0 {
				break
			}
		}
	}
	return 0, nil
}

// Datagrams of 32 KiB on their way through UNIX sockets, as many as their buffers take, until so much is.
func unixUnread(size int) (int64, error) {
	content := make([]byte, 32<<10)
	sent := 0
	for sent < size*mib {
		pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
		if err != nil {
			return int64(sent), err
		}
		unixPairs = append(unixPairs, pair)
		for {
			if err := syscall.Sendto(pair[0], content, 0, nil); err != nil {
				break
			}
			sent += len(content)
		}
	}
	return int64(sent), nil
}

func unixRead(int) (int64, error) {
	into := make([]byte, 32<<10)
	for _, pair := range unixPairs {
		for {
			if count, err := syscall.Read(pair[1], into); err != nil || count == 0 {
				break
			}
		}
	}
	return 0, nil
}

// As many eventfds as take so much: 415 bytes each were measured on Linux 6.18. As many as it may have where it may not have so many.
func eventfds(size int) (int64, error) {
	const each = 415
	var may syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &may); err != nil {
		return 0, err
	}
	may.Cur = may.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &may); err != nil {
		return 0, err
	}
	count := size * mib / each
	if most := int(may.Max) - 100; count > most {
		count = most
	}
	for i := 0; i < count; i++ {
		fd, _, errno := syscall.RawSyscall(syscall.SYS_EVENTFD2, 0, 0, 0)
		if errno != 0 {
			return 0, os.NewSyscallError("eventfd2", errno)
		}
		events = append(events, int(fd))
	}
	return int64(count * each), nil
}

func eventfdsClosed(int) (int64, error) {
	for _, fd := range events {
		if err := syscall.Close(fd); err != nil {
			return 0, err
		}
	}
	events = nil
	return 0, nil
}
