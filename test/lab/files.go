package main

import (
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

var fileLeaks = map[string]leak{
	"file-shared": {component: "mapped_files", inject: func(size int) (injection, error) {
		file, err := fileOf(os.TempDir(), size*mib)
		if err != nil {
			return injection{}, err
		}
		return mappedFile(file, size*mib, syscall.MAP_SHARED)
	}},
	// Written to: copies of the file's pages, anonymous for the kernel. The file's name is gone.
	"file-private": {component: "file_cow", inject: func(size int) (injection, error) {
		file, err := fileOf(os.TempDir(), size*mib)
		if err != nil {
			return injection{}, err
		}
		_ = os.Remove(file.Name())
		return mappedFile(file, size*mib, syscall.MAP_PRIVATE)
	}},
	"tmpfs": {component: "shmem", inject: func(size int) (injection, error) {
		file, err := fileOf("/dev/shm", size*mib)
		if err != nil {
			return injection{}, err
		}
		_ = os.Remove(file.Name()) // or it would outlive the lab: memory that nobody frees
		return mappedFile(file, size*mib, syscall.MAP_SHARED)
	}},
	"memfd": {component: "shmem", inject: func(size int) (injection, error) {
		name, err := syscall.BytePtrFromString("lab")
		if err != nil {
			return injection{}, err
		}
		fd, _, errno := syscall.Syscall(memfdCreate(), uintptr(unsafe.Pointer(name)), 0, 0)
		if errno != 0 {
			return injection{}, errno
		}
		file := os.NewFile(fd, "memfd")
		if err := file.Truncate(int64(size * mib)); err != nil {
			return injection{}, err
		}
		return mappedFile(file, size*mib, syscall.MAP_SHARED)
	}},
	"shared-anonymous": {component: "shmem", inject: func(size int) (injection, error) {
		return mappedFd(-1, size*mib, syscall.MAP_SHARED|syscall.MAP_ANON)
	}},
	"system-v": {component: "shmem", inject: func(size int) (injection, error) { return segment(size * mib) }},
}

// A System V segment. Marked for removal while it is attached (shmctl(2)): nothing of it outlives the lab.
func segment(size int) (injection, error) {
	const private, create, remove = 0, 0o1600, 0
	var result injection
	id, _, errno := syscall.Syscall(syscall.SYS_SHMGET, private, uintptr(size), create)
	if errno != 0 {
		return result, errno
	}
	at, _, errno := syscall.Syscall(syscall.SYS_SHMAT, id, 0, 0)
	_, _, _ = syscall.Syscall(syscall.SYS_SHMCTL, id, remove, 0)
	if errno != 0 {
		return result, errno
	}
	touch(unsafe.Slice((*byte)(pointer(at)), size))
	result.injected.add(at, uintptr(size))
	result.asked = int64(size)
	return result, nil
}

// memfd_create(2), which package syscall does not name.
func memfdCreate() uintptr {
	if runtime.GOARCH == "arm64" {
		return 279
	}
	return 319
}

// A file of a size, with contents: a hole would be read as zero pages.
func fileOf(folder string, size int) (*os.File, error) {
	file, err := os.CreateTemp(folder, "memgap-lab-")
	if err != nil {
		return nil, err
	}
	block := make([]byte, mib)
	for i := range block {
		block[i] = 1
	}
	for left := size; left > 0; left -= len(block) {
		if _, err := file.Write(block); err != nil {
			_ = os.Remove(file.Name())
			return nil, err
		}
	}
	return file, nil
}

func mappedFile(file *os.File, size, flags int) (injection, error) {
	defer file.Close()
	return mappedFd(int(file.Fd()), size, flags)
}

func mappedFd(fd, size, flags int) (injection, error) {
	var result injection
	memory, err := syscall.Mmap(fd, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, flags)
	if err != nil {
		return result, err
	}
	touch(memory)
	result.injected.addBytes(memory)
	result.asked = int64(size)
	return result, nil
}
