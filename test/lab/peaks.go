package main

import (
	"os"
	"runtime"
	"syscall"
)

// Peaks that are over and were not Go's heap's, and traces as deep as Go 1.23 and later keep them.
func init() {
	shapes["native-peak"] = nativePeak
	shapes["file-peak"] = filePeak
	shapes["deep-traces"] = deepTraces
}

// Anonymous memory by mmap, written to and unmapped.
func nativePeak(size int) (int64, error) {
	memory, err := syscall.Mmap(-1, 0, size*mib, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return 0, err
	}
	for at := 0; at < len(memory); at += 4096 {
		memory[at] = 1
	}
	return int64(len(memory)), syscall.Munmap(memory)
}

var readByte byte

// A file that is mapped, read through and unmapped.
func filePeak(size int) (int64, error) {
	file, err := os.CreateTemp("", "peak")
	if err != nil {
		return 0, err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	block := make([]byte, mib)
	for i := 0; i < size; i++ {
		if _, err := file.Write(block); err != nil {
			return 0, err
		}
	}
	memory, err := syscall.Mmap(int(file.Fd()), 0, size*mib, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return 0, err
	}
	for at := 0; at < len(memory); at += 4096 {
		readByte += memory[at]
	}
	return int64(len(memory)), syscall.Munmap(memory)
}

// So many thousands of allocations, each by another way through the program, with a hundred frames above it.
func deepTraces(size int) (int64, error) {
	if rate := runtime.MemProfileRate; rate > 0 { // where no heap profile is wanted it makes none
		runtime.MemProfileRate = 1
		defer func() { runtime.MemProfileRate = rate }()
	}
	before := buckets()
	for way := 0; way < size*1000; way++ {
		below(80, way)
	}
	return buckets() - before, nil
}

//go:noinline
func below(depth, way int) {
	if depth == 0 {
		left(way, 20)
		return
	}
	below(depth-1, way)
}
