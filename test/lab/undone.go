package main

import (
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// More of what a shape holds and /shape/undo lets go of: what memgap says to do about it can be done.
func init() {
	shapes["anonymous"] = func(size int) (int64, error) { return written(-1, size*mib, syscall.MAP_ANON|syscall.MAP_PRIVATE) }
	shapes["shared-anonymous"] = func(size int) (int64, error) { return written(-1, size*mib, syscall.MAP_ANON|syscall.MAP_SHARED) }
	shapes["system-v"] = segmentAttached
	shapes["file-that-stays"] = fileThatStays
	shapes["memfd-closed"] = memfdClosed
	shapes["bpf-hash"] = func(size int) (int64, error) { return bpfHash(size, 0) }
	shapes["bpf-hash-grows"] = func(size int) (int64, error) { return bpfHash(size, 1) } // BPF_F_NO_PREALLOC
	shapes["bpf-percpu"] = bpfPerCPU
	shapes["io-uring-unmapped"] = ioRingsUnmapped
	shapes["sockets-sent"] = func(size int) (int64, error) { return untaken(size, 4096) }
	shapes["collapsed"] = func(size int) (int64, error) {
		result, err := collapsed(size, false)
		return result.injected.merged().resident(), err
	}
	shapes["untouched"] = neverWritten
	shapes["touched"] = func(int) (int64, error) { touch(reserved); return int64(len(reserved)), nil }
}

// A System V segment that stays when nobody has it: ipcrm(1) is to remove it. Undone, it is detached.
func segmentAttached(size int) (int64, error) {
	const private, create = 0, 0o1600
	id, _, errno := syscall.Syscall(syscall.SYS_SHMGET, private, uintptr(size*mib), create)
	if errno != 0 {
		return 0, errno
	}
	at, _, errno := syscall.Syscall(syscall.SYS_SHMAT, id, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	undo(func() { _, _, _ = syscall.Syscall(syscall.SYS_SHMDT, at, 0, 0) })
	touch(unsafe.Slice((*byte)(pointer(at)), size*mib))
	return int64(size * mib), nil
}

// A hash map of values of a KiB, none of which there is yet.
func bpfHash(size, flags int) (int64, error) {
	const hash = 1
	_, err := bpfMap(hash, 4, 1024, size*1024, flags)
	return int64(size * mib), err
}

// An array of which each processor has one: so much in all, and more where more are possible than there are.
func bpfPerCPU(size int) (int64, error) {
	const perCPUArray, value = 6, 16 << 10 // no more than 32 KiB: PCPU_MIN_UNIT_SIZE
	_, err := bpfMap(perCPUArray, 4, value, size*mib/value/runtime.NumCPU(), 0)
	return int64(size * mib), err
}

// Rings of io_uring that the program has open and does not map.
func ioRingsUnmapped(size int) (int64, error) {
	var sum int64
	for sum < int64(size*mib) {
		ring, submissions, fd, err := ioRing(32768)
		if err != nil {
			return sum, err
		}
		undo(func() { _ = syscall.Close(fd) })
		sum += int64(ring + submissions)
	}
	return sum, nil
}

var reserved []byte

func neverWritten(size int) (int64, error) {
	reserved = make([]byte, size*mib)
	return int64(size * mib), nil
}

// A file that is mapped and read. Undone, it is unmapped, and lies where it was.
func fileThatStays(size int) (int64, error) {
	file, err := fileOf(os.TempDir(), size*mib)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	if err := file.Sync(); err != nil {
		return 0, err
	}
	memory, err := syscall.Mmap(int(file.Fd()), 0, size*mib, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return 0, err
	}
	undo(func() { _ = syscall.Munmap(memory) })
	for i := 0; i < len(memory); i += int(page) {
		sunk += memory[i]
	}
	return int64(size * mib), nil
}

// A memfd that is mapped, and open no more.
func memfdClosed(size int) (int64, error) {
	name, err := syscall.BytePtrFromString("lab")
	if err != nil {
		return 0, err
	}
	fd, _, errno := syscall.Syscall(memfdCreate(), uintptr(unsafe.Pointer(name)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	defer syscall.Close(int(fd))
	if err := syscall.Ftruncate(int(fd), int64(size*mib)); err != nil {
		return 0, err
	}
	return written(int(fd), size*mib, syscall.MAP_SHARED)
}
