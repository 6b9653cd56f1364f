//go:build cgo

package main

/*
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static char *pin;

// Blocks of a MiB each, all freed: the first free(3) of one raises malloc's threshold for mapping such blocks (mallopt(3), M_MMAP_THRESHOLD), and a small
// block behind them keeps the end of the heap in use, which is all that malloc gives back by itself.
static int keep_freed(size_t count) {
	size_t size = 1 << 20;
	char **blocks = malloc(count * sizeof *blocks);
	char *first = malloc(size);
	if (blocks == NULL || first == NULL) return -1;
	memset(first, 1, size);
	free(first);
	for (size_t i = 0; i < count; i++) {
		blocks[i] = malloc(size);
		if (blocks[i] == NULL) return -1;
		memset(blocks[i], 1, size);
	}
	pin = malloc(100);
	if (pin == NULL) return -1;
	memset(pin, 1, 100);
	for (size_t i = 0; i < count; i++) free(blocks[i]);
	free(blocks);
	return 0;
}

static void *filled(size_t size) {
	char *block = malloc(size);
	if (block != NULL) memset(block, 1, size);
	return block;
}
*/
import "C"

import (
	"errors"
	"net/http"
	"runtime"
	"unsafe"
)

// What C's malloc keeps, or what waits for Go's collector, on purpose; and what gives it back.
func init() {
	shapes["malloc-freed"] = func(size int) (int64, error) {
		if C.keep_freed(C.size_t(size)) != 0 {
			return 0, errors.New("malloc failed")
		}
		return int64(size * mib), nil
	}
	shapes["finalizers"] = unclosed
	http.HandleFunc("/cgo/trim", func(w http.ResponseWriter, _ *http.Request) {
		C.malloc_trim(0)
		_, _ = w.Write([]byte("ok\n"))
	})
}

type finalized struct{ block unsafe.Pointer }

// Small Go handles that nobody closes, with 64 KiB of C memory behind each: a finalizer frees it, and no collection comes for so little heap.
func unclosed(size int) (int64, error) {
	const each = 64 << 10
	for i := 0; i < size*mib/each; i++ {
		one := &finalized{C.filled(each)}
		if one.block == nil {
			return 0, errors.New("malloc failed")
		}
		runtime.SetFinalizer(one, func(one *finalized) { C.free(one.block) })
	}
	return int64(size * mib), nil
}
