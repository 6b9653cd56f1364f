package main

import (
	"runtime"
	"runtime/debug"
	"time"
)

// What lives until the program ends.
var held []any

type node struct {
	next *node
	_    [120]byte // 128 bytes together: a size class of its own, with a pointer to follow
}

var garbage []byte

// Live heap of small objects.
func live(size int) {
	held = append(held, list(size))
}

func list(size int) *node {
	var first *node
	for i := 0; i < size*mib/128; i++ {
		first = &node{next: first}
	}
	return first
}

// Makes garbage for so many seconds, at a rate: the same bytes each time, however long they take.
func churn(seconds, mibASecond int) {
	const piece = 64 << 10
	begin := time.Now()
	for tick := 0; tick < seconds*10; tick++ {
		for i := 0; i < mibASecond*mib/piece/10; i++ {
			garbage = make([]byte, piece)
			touch(garbage)
		}
		if ahead := time.Duration(tick+1)*100*time.Millisecond - time.Since(begin); ahead > 0 {
			time.Sleep(ahead)
		}
	}
}

func init() {
	// a server of 20 MiB; what is beside it in the container is the bench's doing
	shapes["server"] = shape{start: func(string) { live(20) }, load: func(string) { churn(10, 10) }}

	// GOGC=400 from the environment: the heap may grow to five times what lives
	shapes["large-goal"] = shape{start: func(string) { live(60) }, load: func(string) { churn(6, 150) }}

	// as automemlimit does: a limit that no variable tells
	shapes["own-limit"] = shape{start: func(string) { debug.SetMemoryLimit(160 * mib); debug.SetGCPercent(-1); live(50) }, load: func(string) { churn(6, 60) }}

	// GOGC and GOMEMLIMIT from the environment
	shapes["no-goal"] = shape{start: func(string) { live(40) }, load: func(string) { churn(6, 60) }}

	// a large object that is never written to moves the goal, and takes no memory itself
	shapes["ballast"] = shape{start: func(string) { held = append(held, make([]byte, 192*mib)); live(20) }, load: func(string) { churn(6, 150) }}

	// the story that memgap was born from: 20, 150 and 130 MiB
	shapes["seed"] = shape{start: func(string) { live(10) }, load: func(string) {
		first := list(110)
		time.Sleep(3 * time.Second)
		runtime.KeepAlive(first)
		first = nil
		runtime.GC()
		time.Sleep(3 * time.Second)
	}}

	shapes["sawtooth"] = shape{start: func(string) { live(10) }, load: func(string) {
		for round := 0; round < 4; round++ {
			first := list(60)
			time.Sleep(500 * time.Millisecond)
			runtime.KeepAlive(first)
			first = nil
			churn(1, 60)
		}
	}}

	// the program's own variables
	shapes["bss"] = shape{start: func(string) { touch(variables[:]) }, load: func(string) { churn(6, 10); touch(variables[:]) }}

	shapes["goroutines"] = shape{load: func(string) {
		for n := 0; n < 10_000; n++ {
			go func() { deepen(6); select {} }()
		}
		time.Sleep(5 * time.Second)
	}}

	shapes["threads"] = shape{load: func(string) {
		for n := 0; n < 300; n++ {
			go func() { runtime.LockOSThread(); deepen(6); select {} }()
		}
		time.Sleep(5 * time.Second)
	}}
}

var variables [96 * mib]byte

// Grows the stack of the goroutine by a KiB a call.
//
//go:noinline
func deepen(kib int) byte {
	var frame [1024]byte
	frame[kib] = 1
	if kib == 0 {
		return frame[0]
	}
	return deepen(kib-1) + frame[kib]
}
