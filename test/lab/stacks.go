package main

import (
	"runtime"
	"sync"
	"unsafe"
)

var stackLeaks = map[string]leak{
	"goroutines": {component: "go_arenas", inject: func(size int) (injection, error) {
		return parked(size*mib/(8<<10), 5, false), nil
	}},
	"deep-stacks": {component: "go_arenas", inject: func(size int) (injection, error) {
		return parked(size*mib/(256<<10), 240, false), nil
	}},
	// A thread for each MiB, whatever it takes: without cgo its stack is 16 KiB of Go's own, with cgo one of libc's.
	"locked-threads": {component: threadStacks, inject: func(size int) (injection, error) {
		return parked(size, 0, true), nil
	}},
}

// Starts n goroutines and returns when each of them stands where it will stay.
func park(n, stackKiB int, ownThread bool) { parked(n, stackKiB, ownThread) }

func parked(n, stackKiB int, ownThread bool) injection {
	where := make([]addresses, n)
	var started sync.WaitGroup
	started.Add(n)
	for i := 0; i < n; i++ {
		go func(where *addresses) {
			if ownThread {
				runtime.LockOSThread()
			}
			var top byte
			deepen(stackKiB, &top, func(bottom, top uintptr) {
				*where = addresses{bottom, top}
				if ownThread {
					if start, size := threadStack(); size > 0 {
						*where = addresses{start, start + size}
					}
				}
				started.Done()
			})
		}(&where[i])
	}
	started.Wait()
	var result injection
	for _, each := range where {
		result.injected.add(each.start, each.end-each.start)
	}
	return result
}

// Grows the stack by a KiB a call, and stays at its end for good. A stack moves as it grows, and pointers into it move along.
//
//go:noinline
func deepen(kib int, top *byte, arrived func(bottom, top uintptr)) byte {
	var frame [1024]byte
	frame[kib%len(frame)] = 1
	if kib <= 0 {
		arrived(uintptr(unsafe.Pointer(&frame)), uintptr(unsafe.Pointer(top)))
		select {}
	}
	return deepen(kib-1, top, arrived) + frame[0]
}
