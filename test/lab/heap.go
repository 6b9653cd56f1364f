package main

import (
	"runtime"
	"syscall"
	"unsafe"
)

// What leaks hold on to, so that the collector does not take it.
var held []any

type node struct {
	next *node
	_    [5]uint64 // 48 bytes together: a size class of its own, with a pointer to follow
}

// A byte each page makes 128 MiB of the program's bss resident.
var bss [128 * mib]byte

var heapLeaks = map[string]leak{
	"live-heap":     {component: "go_arenas", inject: liveHeap},
	"small-objects": {component: "go_arenas", inject: smallObjects},
	// Idle heap that the runtime keeps; its scavenger gives it back by and by.
	"dropped-heap": {component: "go_arenas", inject: func(mib int) (injection, error) {
		result := dropped(mib)
		runtime.GC()
		return result, nil
	}},
	"freed": {component: "go_arenas", inject: func(mib int) (injection, error) {
		result := dropped(mib)
		release()
		return result, nil
	}},
	// The same where GODEBUG=madvdontneed=0 has the runtime use MADV_FREE: resident until the kernel wants it.
	"lazily-freed": {component: "go_released_lazyfree", inject: func(mib int) (injection, error) {
		result := dropped(mib)
		release()
		return result, nil
	}},
	"untouched": {component: "go_arenas", inject: func(mib int) (injection, error) {
		pieces := untouched(mib)
		held = append(held, pieces)
		return injection{injected: rangesOf(pieces), untouched: rangesOf(pieces), asked: sizeOf(pieces)}, nil
	}},
	// mlock(2) fills in what was never touched.
	"locked": {component: "go_arenas", inject: func(mib int) (injection, error) {
		pieces := untouched(mib)
		held = append(held, pieces)
		return injection{injected: rangesOf(pieces), asked: sizeOf(pieces)}, lock(rangesOf(pieces))
	}},
	// Locked memory can't be given back: MADV_DONTNEED fails, and the runtime counts it as released all the same.
	"locked-released": {component: "go_released_resident", inject: func(mib int) (injection, error) {
		result := dropped(mib)
		if err := lock(result.injected.merged()); err != nil {
			return result, err
		}
		release()
		return result, nil
	}},
	"bss": {component: "exe_data", inject: func(size int) (injection, error) {
		var result injection
		if size > len(bss)/mib {
			size = len(bss) / mib
		}
		touch(bss[:size*mib])
		result.injected.addBytes(bss[:size*mib])
		result.asked = int64(size * mib)
		return result, nil
	}},
}

func liveHeap(mib int) (injection, error) {
	var result injection
	pieces := allocate(mib, 64)
	for _, piece := range pieces {
		result.injected.addBytes(piece)
		result.asked += int64(len(piece))
	}
	held = append(held, pieces)
	return result, nil
}

func smallObjects(size int) (injection, error) {
	var result injection
	var first *node
	for ; result.asked < int64(size*mib); result.asked += int64(unsafe.Sizeof(node{})) {
		first = &node{next: first}
		result.injected.add(uintptr(unsafe.Pointer(first)), unsafe.Sizeof(node{}))
	}
	held = append(held, first)
	return result, nil
}

// Heap that was written to and that nobody holds any more; nothing has been collected since.
//
//go:noinline
func dropped(mib int) injection {
	var result injection
	for _, piece := range allocate(mib, 64) {
		result.injected.addBytes(piece)
	}
	return result
}

func allocate(size, chunkKiB int) [][]byte {
	var pieces [][]byte
	for left := size << 10; left > 0; left -= chunkKiB {
		piece := make([]byte, chunkKiB<<10)
		touch(piece)
		pieces = append(pieces, piece)
	}
	return pieces
}

// Heap that the runtime has just had from the kernel and does not clear: nearly none of it is resident. In pieces, because one that
// starts where something else has been is cleared as a whole.
//
//go:noinline
func untouched(size int) [][]byte {
	var pieces [][]byte
	for left := size; left > 0; left -= 4 {
		pieces = append(pieces, make([]byte, 4*mib))
	}
	return pieces
}

func rangesOf(pieces [][]byte) ranges {
	var where ranges
	for _, piece := range pieces {
		where.addBytes(piece)
	}
	return where
}

func sizeOf(pieces [][]byte) int64 {
	var size int64
	for _, piece := range pieces {
		size += int64(len(piece))
	}
	return size
}

func lock(where ranges) error {
	for _, each := range where {
		if _, _, errno := syscall.Syscall(syscall.SYS_MLOCK, each.start, each.end-each.start, 0); errno != 0 {
			return errno
		}
	}
	return nil
}
