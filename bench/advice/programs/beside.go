package main

import (
	"io"
	"os"
	"syscall"
	"time"
)

const fadviseDontNeed = 4 // POSIX_FADV_DONTNEED, asm-generic

func beside(mode string, files []string) bool {
	switch mode {
	case "drop":
		for _, file := range files {
			drop(file)
		}
	case "read":
		for _, file := range files {
			f, err := os.Open(file)
			must(err)
			_, err = io.Copy(io.Discard, struct{ io.Reader }{f})
			must(err)
			f.Close()
		}
	case "probe":
		memory := anonymous(150)
		time.Sleep(50 * time.Millisecond)
		must(syscall.Munmap(memory))
	default:
		return false
	}
	return true
}

// Dirty pages stay, and so do those that a process maps: posix_fadvise(2).
func drop(file string) {
	f, err := os.Open(file)
	must(err)
	defer f.Close()
	_ = f.Sync()
	if _, _, errno := syscall.Syscall6(syscall.SYS_FADVISE64, f.Fd(), 0, 0, fadviseDontNeed, 0, 0); errno != 0 {
		must(errno)
	}
}

func anonymous(size int) []byte {
	memory, err := syscall.Mmap(-1, 0, size*mib, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	must(err)
	touch(memory)
	return memory
}

// An untouched page is not resident.
func touch(memory []byte) {
	for i := 0; i < len(memory); i += 4096 {
		memory[i] = 1
	}
}
