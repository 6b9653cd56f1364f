//go:build cgo

package main

// #include <stdlib.h>
// #include <string.h>
import "C"

import "unsafe"

const cgo = true

var memory []unsafe.Pointer

// One piece a MiB: above malloc's threshold of 128 KiB, so that each is a mapping of its own at first (mallopt(3)).
func growC(size int) {
	for i := 0; i < size; i++ {
		piece := C.malloc(mib)
		if piece == nil {
			panic("malloc failed")
		}
		C.memset(piece, 1, mib)
		memory = append(memory, piece)
	}
}

func freeC() {
	for _, piece := range memory {
		C.free(piece)
	}
	memory = nil
}
