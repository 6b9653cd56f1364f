package main

import (
	"sync/atomic"
	"syscall"
	"unsafe"
)

// The program's own memory alone: the setting of the machine is never changed, and madvise(2) overrides "madvise", MADV_COLLAPSE "never" too.
const (
	hugePage      = 2 * mib
	madvHugePage  = syscall.MADV_HUGEPAGE
	madvCollapse  = 25 // Linux 6.1
	piecesOfAHuge = hugePage / (64 << 10)
)

var hugePageLeaks = map[string]leak{
	// One byte of each huge page was written, all of it is resident: live memory.
	"huge-live": {component: "go_arenas", inject: func(mib int) (injection, error) {
		pieces := untouched(mib)
		held = append(held, pieces)
		return injection{injected: rangesOf(pieces), asked: sizeOf(pieces)}, fillHuge(rangesOf(pieces))
	}},
	// Released memory that a huge page made resident again.
	"huge-released": {component: "go_released_resident", inject: hugeReleased},
	// The same, and as much live memory that nobody touched: their sum looks as if nothing had happened.
	"huge-beside-untouched": {component: "go_released_resident", inject: func(mib int) (injection, error) {
		pieces := untouched(mib) // first, or it would get the very pages that are released next
		held = append(held, pieces)
		result, err := hugeReleased(mib)
		result.untouched, result.asked = rangesOf(pieces), sizeOf(pieces)
		return result, err
	}},
	// One piece of 64 KiB in each huge page is in use, the others are released: what khugepaged does to a fragmented heap, at once.
	"collapsed": {component: "go_released_resident", inject: func(mib int) (injection, error) { return collapsed(mib, true) }},
}

func hugeReleased(mib int) (injection, error) {
	var result injection
	result.injected = addressesOf(mib)
	release()
	return result, fillHuge(result.injected)
}

// Where heap lay that is garbage on return.
//
//go:noinline
func addressesOf(mib int) ranges { return rangesOf(untouched(mib)) }

func fillHuge(where ranges) error {
	for _, each := range where.merged() {
		start, end := aligned(each)
		if _, _, errno := syscall.Syscall(syscall.SYS_MADVISE, start, end-start, madvHugePage); errno != 0 {
			return errno
		}
		for at := start; at < end; at += hugePage {
			// adding 0 is a write for the kernel, and no harm where the runtime uses the place again meanwhile
			atomic.AddUint32((*uint32)(pointer(at)), 0)
		}
	}
	return nil
}

// `advised`: with MADV_HUGEPAGE first, which takes back a MADV_NOHUGEPAGE of the runtime's.
func collapsed(mib int, advised bool) (injection, error) {
	var result, all injection
	fragment(mib, &result, &all)
	release()
	for _, each := range all.injected.merged() {
		start, end := aligned(each)
		for at := start; at < end; at += hugePage {
			// Up to Go 1.20 the runtime forbids huge pages where it gave back a part of one. Both may fail where memory is short:
			// mincore tells what came of it.
			if advised {
				_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, at, hugePage, madvHugePage)
			}
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, at, hugePage, madvCollapse)
		}
	}
	return result, nil
}

//go:noinline
func fragment(mib int, result, all *injection) {
	for i, piece := range allocate(mib, 64) {
		all.injected.addBytes(piece)
		if i%piecesOfAHuge == 0 {
			held = append(held, piece)
			result.asked += int64(len(piece))
		} else {
			result.injected.addBytes(piece)
		}
	}
}

// The whole huge pages inside.
func aligned(each addresses) (start, end uintptr) {
	start, end = (each.start+hugePage-1)&^(hugePage-1), each.end&^(hugePage-1)
	if end < start {
		end = start
	}
	return start, end
}

// An address as a pointer, past the check of vet: what lies there is mapped, and not looked at by the collector.
func pointer(at uintptr) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&at))
}
