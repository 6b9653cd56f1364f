package main

import (
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// Memory that is held in ways of which a mapping alone tells little: locked, pinned, private copies, huge pages, code.
var heldShapes = map[string]func(size int) (int64, error){
	"locked-file":      lockedFile,
	"locked-all":       lockedAll,
	"secret":           secret,
	"dirty-file":       dirtyFile,
	"read-file":        readFile,
	"private-memfd":    func(size int) (int64, error) { return memfd(size, syscall.MAP_PRIVATE, 1) },
	"private-file":     privateFile,
	"memfd-twice":      func(size int) (int64, error) { return memfd(size, syscall.MAP_SHARED, 2) },
	"jit":              code,
	"hugetlb":          hugeTLB,
	"io-uring-buffers": pinnedBuffers,
	"pipes":            piped,
	"huge-halves":      hugeHalves,
	"heap-freed":       heapFreed,
	"merged":           merged,
}

// As bbolt with Options.Mlock, or etcd with --memory-mlock.
func lockedFile(size int) (int64, error) {
	memory, err := sharedFile(size, syscall.PROT_READ)
	if err != nil {
		return 0, err
	}
	return int64(size * mib), syscall.Mlock(memory)
}

// What is mapped, and what will be. The size does not matter.
func lockedAll(int) (int64, error) {
	const current, future = 1, 2
	undo(func() { _ = syscall.Munlockall() })
	return 0, syscall.Mlockall(current | future)
}

// memfd_secret(2): not in the kernel's own map, never on disk, locked.
func secret(size int) (int64, error) {
	fd, _, errno := syscall.Syscall(447, 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	undo(func() { _ = syscall.Close(int(fd)) })
	if err := syscall.Ftruncate(int(fd), int64(size*mib)); err != nil {
		return 0, err
	}
	return written(int(fd), size*mib, syscall.MAP_SHARED)
}

// Written through the mapping: the file system has to write it before the kernel can take it back.
func dirtyFile(size int) (int64, error) {
	memory, err := sharedFile(size, syscall.PROT_READ|syscall.PROT_WRITE)
	if err != nil {
		return 0, err
	}
	touch(memory)
	return int64(size * mib), nil
}

func readFile(size int) (int64, error) {
	memory, err := sharedFile(size, syscall.PROT_READ)
	if err != nil {
		return 0, err
	}
	for i := 0; i < len(memory); i += int(page) {
		sunk += memory[i]
	}
	return int64(size * mib), nil
}

// A file that is on disk already, so that all that is dirty is what is written now.
func sharedFile(size, protection int) ([]byte, error) {
	file, err := fileOf(os.TempDir(), size*mib)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := file.Sync(); err != nil {
		return nil, err
	}
	undo(func() { _ = os.Remove(file.Name()) })
	memory, err := syscall.Mmap(int(file.Fd()), 0, size*mib, protection, syscall.MAP_SHARED)
	if err == nil {
		undo(func() { _ = syscall.Munmap(memory) })
	}
	return memory, err
}

func privateFile(size int) (int64, error) {
	file, err := fileOf(os.TempDir(), size*mib)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	_ = os.Remove(file.Name())
	return written(int(file.Fd()), size*mib, syscall.MAP_PRIVATE)
}

func memfd(size, flags, times int) (int64, error) {
	name, err := syscall.BytePtrFromString("lab")
	if err != nil {
		return 0, err
	}
	fd, _, errno := syscall.Syscall(memfdCreate(), uintptr(unsafe.Pointer(name)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	undo(func() { _ = syscall.Close(int(fd)) })
	if err := syscall.Ftruncate(int(fd), int64(size*mib)); err != nil {
		return 0, err
	}
	for i := 0; i < times; i++ {
		if _, err := written(int(fd), size*mib, flags); err != nil {
			return 0, err
		}
	}
	return int64(size * mib), nil
}

// Maps and writes to all of it, anonymous memory with -1.
func written(fd, size, flags int) (int64, error) {
	memory, err := syscall.Mmap(fd, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, flags)
	if err != nil {
		return 0, err
	}
	undo(func() { _ = syscall.Munmap(memory) })
	touch(memory)
	return int64(size), nil
}

// As a compiler at run time does: written, then made executable (sonic, wazero, V8).
func code(size int) (int64, error) {
	memory, err := syscall.Mmap(-1, 0, size*mib, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return 0, err
	}
	undo(func() { _ = syscall.Munmap(memory) })
	touch(memory)
	return int64(size * mib), syscall.Mprotect(memory, syscall.PROT_READ|syscall.PROT_EXEC)
}

// Huge pages of hugetlbfs: the node must have some (vm.nr_hugepages).
func hugeTLB(size int) (int64, error) {
	const huge = 0x40000 // MAP_HUGETLB
	return written(-1, size*mib, syscall.MAP_ANON|syscall.MAP_PRIVATE|huge)
}

// io_uring_register(2), IORING_REGISTER_BUFFERS: the kernel keeps the pages when they are unmapped.
func pinnedBuffers(size int) (int64, error) {
	_, _, fd, err := ioRing(64)
	if err != nil {
		return 0, err
	}
	undo(func() { _ = syscall.Close(fd) })
	memory, err := syscall.Mmap(-1, 0, size*mib, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return 0, err
	}
	if err := syscall.Madvise(memory, syscall.MADV_NOHUGEPAGE); err != nil {
		return 0, err
	}
	touch(memory)
	buffers := pieces(memory)
	_, _, errno := syscall.Syscall6(427, uintptr(fd), 0, uintptr(unsafe.Pointer(&buffers[0])), uintptr(len(buffers)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int64(size * mib), syscall.Munmap(memory)
}

// vmsplice(2) into pipes of 1 MiB: they hold the pages when they are unmapped.
func piped(size int) (int64, error) {
	number := uintptr(278)
	if runtime.GOARCH == "arm64" {
		number = 75
	}
	memory, err := syscall.Mmap(-1, 0, size*mib, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return 0, err
	}
	touch(memory)
	for _, piece := range pieces(memory) {
		const setSize = 1031 // F_SETPIPE_SZ
		var pipe [2]int
		if err := syscall.Pipe2(pipe[:], syscall.O_NONBLOCK); err != nil {
			return 0, err
		}
		undo(func() { _, _ = syscall.Close(pipe[0]), syscall.Close(pipe[1]) })
		if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(pipe[1]), setSize, mib); errno != 0 {
			return 0, errno
		}
		one := piece
		if _, _, errno := syscall.Syscall6(number, uintptr(pipe[1]), uintptr(unsafe.Pointer(&one)), 1, 0, 0, 0); errno != 0 {
			return 0, errno
		}
	}
	return int64(size * mib), syscall.Munmap(memory)
}

func pieces(memory []byte) []syscall.Iovec {
	var all []syscall.Iovec
	for at := 0; at < len(memory); at += mib {
		all = append(all, syscall.Iovec{Base: &memory[at], Len: mib})
	}
	return all
}

// Half of each huge page is given back: the kernel splits it when it is short of memory. As much is left as is asked for; one more stays whole, for those that
// are in parts are no huge pages in any number of the kernel's.
func hugeHalves(size int) (int64, error) {
	const hugePage = 2 * mib
	memory, err := syscall.Mmap(-1, 0, 2*size*mib+2*hugePage, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return 0, err
	}
	undo(func() { _ = syscall.Munmap(memory) })
	skip := int((hugePage - uintptr(unsafe.Pointer(&memory[0]))%hugePage) % hugePage)
	aligned := memory[skip : skip+2*size*mib+hugePage]
	if err := syscall.Madvise(aligned, syscall.MADV_HUGEPAGE); err != nil {
		return 0, err
	}
	touch(aligned)
	for at := 0; at < 2*size*mib; at += hugePage {
		if err := syscall.Madvise(aligned[at:at+hugePage/2], syscall.MADV_DONTNEED); err != nil {
			return 0, err
		}
	}
	return int64(size * mib), nil
}

// Live heap that somebody else than Go's runtime gave back: it counts as released in no account of Go's.
func heapFreed(size int) (int64, error) {
	const free = 8 // MADV_FREE
	memory := make([]byte, size*mib+int(page))
	touch(memory)
	held = append(held, memory)
	start := int(page - uintptr(unsafe.Pointer(&memory[0]))%page)
	return int64(size * mib), syscall.Madvise(memory[start:start+size*mib], free)
}

// prctl(PR_SET_MEMORY_MERGE): equal pages become one, as ksmd comes by (Linux 6.4, /sys/kernel/mm/ksm/run).
func merged(size int) (int64, error) {
	if _, _, errno := syscall.Syscall6(syscall.SYS_PRCTL, 67, 1, 0, 0, 0, 0); errno != 0 {
		return 0, errno
	}
	return written(-1, size*mib, syscall.MAP_ANON|syscall.MAP_PRIVATE)
}
