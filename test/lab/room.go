package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"syscall"
	"time"
)

// Page cache that can't be taken back, one way each; "cache-clean" is the one that can.
func init() {
	shapes["cache-clean"] = func(size int) (int64, error) {
		file, err := fileOf(os.TempDir(), size*mib)
		if err != nil {
			return 0, err
		}
		openFiles = append(openFiles, file)
		return int64(size * mib), file.Sync()
	}
	shapes["hot-file"] = hotFile
	shapes["file-of-others"] = fileOfOthers
	shapes["cache-locked"] = lockedFile
	shapes["cache-locked-all"] = lockedWithFile
	shapes["cache-secret"] = secret
	shapes["cache-sent"] = func(size int) (int64, error) { return sentFiles(size, true) }
	shapes["cache-copied"] = func(size int) (int64, error) { return sentFiles(size, false) }
	shapes["cache-pipes"] = splicedIntoPipes
	shapes["cache-ramfs"] = ramfs
	http.HandleFunc("/eat", eat)
}

var keptMaps [][]byte

func mapFile(size int) ([]byte, error) {
	file, err := fileOf(os.TempDir(), size*mib)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	defer os.Remove(file.Name())
	if err := file.Sync(); err != nil {
		return nil, err
	}
	memory, err := syscall.Mmap(int(file.Fd()), 0, size*mib, syscall.PROT_READ, syscall.MAP_SHARED)
	if err == nil {
		keptMaps = append(keptMaps, memory)
	}
	return memory, err
}

// A file that is read all the time, as the program's own code is: a page each 4 KiB, over and over.
func hotFile(size int) (int64, error) {
	memory, err := mapFile(size)
	if err != nil {
		return 0, err
	}
	go func() {
		var sum byte
		for {
			for i := 0; i < len(memory); i += 4096 {
				sum += memory[i]
			}
			sums[0] = sum
			time.Sleep(10 * time.Millisecond)
		}
	}()
	return int64(size * mib), nil
}

var sums [1]byte

// Maps and reads a file that somebody else has read before.
func fileOfOthers(int) (int64, error) {
	file, err := os.Open(os.Getenv("LAB_FILE"))
	if err != nil {
		return 0, err
	}
	defer file.Close()
	about, err := file.Stat()
	if err != nil {
		return 0, err
	}
	memory, err := syscall.Mmap(int(file.Fd()), 0, int(about.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return 0, err
	}
	keptMaps = append(keptMaps, memory)
	for i := 0; i < len(memory); i += 4096 {
		sums[0] += memory[i]
	}
	return about.Size(), nil
}

// As OpenBao: mlockall(2), with a keptMaps database.
func lockedWithFile(size int) (int64, error) {
	if _, err := mapFile(size); err != nil {
		return 0, err
	}
	return int64(size * mib), syscall.Mlockall(syscall.MCL_CURRENT)
}

// Files of 4 MiB to readers that never read: by sendfile(2) the cache itself waits in the send queues, copied it is memory of the kernel's.
func sentFiles(size int, bySendfile bool) (int64, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	for left := size; left > 0; left -= 4 {
		file, err := fileOf(os.TempDir(), 4*mib)
		if err != nil {
			return 0, err
		}
		_ = os.Remove(file.Name())
		if err := file.Sync(); err != nil {
			return 0, err
		}
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return 0, err
		}
		writer, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			return 0, err
		}
		reader, err := listener.Accept()
		if err != nil {
			return 0, err
		}
		// a small window: what the reader's side takes is not the sender's
		if err := reader.(*net.TCPConn).SetReadBuffer(4096); err != nil {
			return 0, err
		}
		connections = append(connections, writer, reader)
		openFiles = append(openFiles, file)
		go func() {
			if bySendfile {
				_, _ = io.Copy(writer, file)
			} else {
				_, _ = io.Copy(struct{ io.Writer }{writer}, struct{ io.Reader }{file})
			}
		}()
	}
	time.Sleep(500 * time.Millisecond)
	return int64(size * mib), nil
}

// splice(2) of a file into pipes that nobody reads, a MiB each.
func splicedIntoPipes(size int) (int64, error) {
	const setPipeSize = 1031
	for left := size; left > 0; left-- {
		file, err := fileOf(os.TempDir(), mib)
		if err != nil {
			return 0, err
		}
		_ = os.Remove(file.Name())
		if err := file.Sync(); err != nil {
			return 0, err
		}
		var ends [2]int
		if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK); err != nil {
			return 0, err
		}
		if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(ends[1]), setPipeSize, mib); errno != 0 {
			return 0, fmt.Errorf("F_SETPIPE_SZ: %w", errno)
		}
		var from int64
		for from < mib {
			count, err := syscall.Splice(int(file.Fd()), &from, ends[1], nil, int(mib-from), 0)
			if err != nil || count == 0 {
				break
			}
		}
		openFiles = append(openFiles, file) // closed, its pages would be no cache any more
	}
	return int64(size * mib), nil
}

// Files on a ramfs that somebody mounted for it: never taken back, and no shared memory for the kernel.
func ramfs(size int) (int64, error) {
	file, err := fileOf(os.Getenv("LAB_RAMFS"), size*mib)
	if err != nil {
		return 0, err
	}
	openFiles = append(openFiles, file)
	return int64(size * mib), nil
}

// Anonymous memory, MiB by MiB until somebody ends it; each is told on standard output before the next is begun.
func eat(http.ResponseWriter, *http.Request) {
	runtime.LockOSThread()
	for count := 1; ; count++ {
		memory, err := syscall.Mmap(-1, 0, mib, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
		if err != nil {
			fmt.Println("full", err)
			return
		}
		touch(memory)
		_, _ = os.Stdout.WriteString(fmt.Sprintf("ate %d\n", count))
	}
}
