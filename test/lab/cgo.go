//go:build cgo

package main

/*
#cgo LDFLAGS: -lpthread
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A thread's stack as libc made it, without its guard.
static void stack_of_thread(size_t *start, size_t *size) {
	pthread_attr_t attributes;
	void *address = NULL;
	*size = 0;
	if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
	pthread_attr_getstack(&attributes, &address, size);
	pthread_attr_destroy(&attributes);
	*start = (size_t)address;
}

typedef struct {
	size_t touch, piece, count; // bytes of stack; size and number of blocks of malloc
	void **blocks;
	size_t start, size;         // the stack
	pthread_barrier_t *ready;
} task;

static void __attribute__((noinline)) touch_stack(size_t bytes) {
	volatile char *memory = __builtin_alloca(bytes);
	for (size_t i = 0; i < bytes; i += 1024) memory[i] = 1;
}

static void allocate_blocks(void **blocks, size_t count, size_t piece) {
	for (size_t i = 0; i < count; i++) {
		blocks[i] = malloc(piece);
		if (blocks[i] == NULL) abort();
		memset(blocks[i], 1, piece);
	}
}

static void free_but(void **blocks, size_t count, size_t keep) {
	for (size_t i = 0; i < count; i++)
		if (i % keep != 0) free(blocks[i]);
}

static void *run_task(void *argument) {
	task *own = argument;
	stack_of_thread(&own->start, &own->size);
	if (own->touch > 0) touch_stack(own->touch);
	if (own->count > 0) allocate_blocks(own->blocks, own->count, own->piece);
	pthread_barrier_wait(own->ready);
	for (;;) pause();
}

// Starts threads, and returns when all of them stand where they will stay.
static int start_tasks(task *tasks, size_t count) {
	static pthread_barrier_t ready;
	pthread_barrier_init(&ready, NULL, count + 1);
	for (size_t i = 0; i < count; i++) {
		pthread_t thread;
		tasks[i].ready = &ready;
		int failed = pthread_create(&thread, NULL, run_task, &tasks[i]);
		if (failed != 0) return failed;
	}
	pthread_barrier_wait(&ready);
	return 0;
}
*/
import "C"

import (
	"syscall"
	"unsafe"
)

const (
	cgo          = true
	threadStacks = "thread_stacks"
)

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

var cLeaks = map[string]leak{
	"malloc-small": {component: "c_malloc", inject: func(size int) (injection, error) { return malloced(size, 1000, 1) }},
	// Above the threshold, each block is a mapping of its own: the header of its chunk alone tells it from raw mmap.
	"malloc-large":        {component: "native_mmap", withReads: "c_malloc", inject: func(size int) (injection, error) { return malloced(size, 1000<<10, 1) }},
	"malloc-fragmented":   {component: "c_malloc", inject: func(size int) (injection, error) { return malloced(size, 1000, 16) }},
	"malloc-many-threads": {component: "c_malloc", inject: mallocedByThreads},
	"pthreads": {component: "thread_stacks", inject: func(size int) (injection, error) {
		const touched = 2 * mib
		tasks, err := run(size*mib/touched, C.task{touch: touched})
		var result injection
		for _, each := range tasks {
			result.injected.add(uintptr(each.start), uintptr(each.size))
			result.asked += touched
		}
		return result, err
	}},
}

func malloced(size, piece, keep int) (injection, error) {
	count := size * mib / piece
	blocks := blocksOf(count)
	C.allocate_blocks(&blocks[0], C.size_t(count), C.size_t(piece))
	result := injectionOf(blocks, piece)
	if keep > 1 {
		C.free_but(&blocks[0], C.size_t(count), C.size_t(keep))
	}
	return result, nil
}

func mallocedByThreads(size int) (injection, error) {
	const threads, piece = 8, 1000
	count := size * mib / piece / threads
	blocks := blocksOf(count * threads)
	_, err := run(threads, C.task{piece: piece, count: C.size_t(count), blocks: &blocks[0]})
	return injectionOf(blocks, piece), err
}

// A list of pointers of C's, outside of both heaps that are measured.
func blocksOf(count int) []unsafe.Pointer {
	list, err := syscall.Mmap(-1, 0, count*8, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	return unsafe.Slice((*unsafe.Pointer)(unsafe.Pointer(&list[0])), count)
}

// With 8 bytes of malloc's header before each block. The pages count, so what malloc adds to a block counts as far as it is resident.
func injectionOf(blocks []unsafe.Pointer, piece int) injection {
	var result injection
	result.beside.add(uintptr(unsafe.Pointer(&blocks[0])), uintptr(len(blocks))*8)
	for _, block := range blocks {
		result.injected.add(uintptr(block)-8, uintptr(piece)+8)
		result.asked += int64(piece)
	}
	return result
}

// Runs so many threads with the same task, each with its share of the list.
func run(count int, what C.task) ([]C.task, error) {
	memory := (*C.task)(C.calloc(C.size_t(count), C.size_t(unsafe.Sizeof(what))))
	tasks := unsafe.Slice(memory, count)
	for i := range tasks {
		tasks[i] = what
		if what.blocks != nil {
			tasks[i].blocks = (*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(what.blocks), uintptr(i)*uintptr(what.count)*8))
		}
	}
	if failed := C.start_tasks(memory, C.size_t(count)); failed != 0 {
		return nil, syscall.Errno(failed)
	}
	return tasks, nil
}

func threadStack() (start, size uintptr) {
	var from, length C.size_t
	C.stack_of_thread(&from, &length)
	return uintptr(from), uintptr(length)
}
