package main

import (
	"syscall"
	"unsafe"
)

const arena = 64 * mib // of Go on 64-bit Linux; glibc's thread arenas have the same size and alignment

var mappingLeaks = map[string]leak{
	"mmap": {component: "native_mmap", inject: func(size int) (injection, error) {
		return mapped(1, size*mib, syscall.PROT_READ|syscall.PROT_WRITE)
	}},
	// Mappings that the kernel does not join: behind each lies a piece that nobody may touch.
	"mmap-many": {component: "native_mmap", inject: func(size int) (injection, error) {
		return mapped(size*mib/(256<<10), 256<<10, syscall.PROT_READ|syscall.PROT_WRITE)
	}},
	"mmap-read-only": {component: "native_mmap", inject: func(size int) (injection, error) {
		return mapped(1, size*mib, syscall.PROT_READ)
	}},
	// On the addresses that Go's next arena would have: to be told from it by the identities alone.
	"planted-next-to-arenas": {component: "native_mmap", inject: func(size int) (injection, error) { return planted(size, 1) }},
	"planted-among-arenas":   {component: "native_mmap", inject: func(size int) (injection, error) { return planted(size, 16) }},
}

func mapped(count, size, protection int) (injection, error) {
	var result injection
	for i := 0; i < count; i++ {
		gap := 0
		if count > 1 {
			gap = 64 << 10
		}
		memory, err := syscall.Mmap(-1, 0, size+gap, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
		if err != nil {
			return result, err
		}
		if gap > 0 {
			if err := syscall.Mprotect(memory[size:], syscall.PROT_NONE); err != nil {
				return result, err
			}
		}
		touch(memory[:size])
		if err := syscall.Mprotect(memory[:size], protection); err != nil {
			return result, err
		}
		result.injected.addBytes(memory[:size])
		result.asked += int64(size)
	}
	return result, nil
}

// Maps whole arenas' worth at the first free place that lies `steps` arenas or more above the heap.
func planted(size, steps int) (injection, error) {
	const mapFixedNoReplace = 0x100000 // Linux 4.17; older kernels take the address as a hint
	var result injection
	object := make([]byte, 64<<10)
	length := uintptr(size*mib+arena-1) &^ (arena - 1)
	at := uintptr(unsafe.Pointer(&object[0]))&^(arena-1) + uintptr(steps)*arena
	for try := 0; ; try++ {
		got, _, errno := syscall.Syscall6(syscall.SYS_MMAP, at, length, syscall.PROT_READ|syscall.PROT_WRITE,
			syscall.MAP_ANON|syscall.MAP_PRIVATE|mapFixedNoReplace, ^uintptr(0), 0)
		if errno == 0 {
			touch(unsafe.Slice((*byte)(pointer(got)), length))
			result.injected.add(got, length)
			result.asked = int64(length)
			return result, nil
		}
		if try == 64 {
			return result, errno
		}
		at += arena
	}
}
