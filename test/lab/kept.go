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

static void *scattered[1 << 17];

// Small blocks, of which each fourth stays: between them are hardly any whole pages to give back.
static int keep_scattered(size_t count) {
	for (size_t i = 0; i < count; i++) {
		void *block = malloc(1000);
		if (block == NULL) return -1;
		memset(block, 1, 1000);
		if (i % 4 == 0) scattered[i / 4] = block;
		else scattered[count / 4 + i - i / 4 - 1] = block;
	}
	for (size_t i = count / 4; i < count; i++) free(scattered[i]);
	return 0;
}

static void free_scattered(size_t count) {
	for (size_t i = 0; i < count / 4; i++) free(scattered[i]);
	malloc_trim(0);
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
	shapes["malloc-scattered"] = func(size int) (int64, error) {
		count := size * 1024 &^ 3
		if count > 1<<17 {
			return 0, errors.New("at most 128 MiB")
		}
		undo(func() { C.free_scattered(C.size_t(count)) })
		if C.keep_scattered(C.size_t(count)) != 0 {
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
