//go:build cgo

package main

/*
#include <stdlib.h>
#include <string.h>

static void *allocate(size_t size) {
	char *memory = malloc(size);
	memset(memory, 1, size);
	return memory;
}
*/
import "C"

import (
	"time"
	"unsafe"
)

func init() {
	// C memory in use, and as much again for a while
	shapes["c-malloc"] = shape{start: func(string) { live(10); allocateC(60) }, load: func(string) {
		more := allocateC(40)
		time.Sleep(2 * time.Second)
		for _, each := range more {
			C.free(each)
		}
		churn(4, 20)
	}}
}

func allocateC(size int) []unsafe.Pointer {
	var all []unsafe.Pointer
	for i := 0; i < size*mib/1024; i++ {
		all = append(all, C.allocate(1000))
	}
	return all
}
