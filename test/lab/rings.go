package main

import (
	"encoding/binary"
	"runtime"
	"syscall"
	"unsafe"
)

// Memory of the kernel's that the program maps. What is asked for is what is mapped; who is charged for it differs (docs/causes/kernel_rings.md).
var ringShapes = map[string]func(size int) (int64, error){
	"packet-ring":       func(size int) (int64, error) { return packetRing(size, 1) },
	"packet-ring-twice": func(size int) (int64, error) { return packetRing(size, 2) },
	"io-uring":          ioRings,
	"bpf-array":         bpfArray,
	"bpf-ringbuf":       bpfRingBuffer,
	"perf-rings":        perfRings,
}

// One block a MiB: a PACKET_RX_RING of TPACKET_V3 (packet_mmap.rst), mapped so often. Its pages are there when it is mapped.
func packetRing(size, times int) (int64, error) {
	const packet, version, ring, version3 = 263, 10, 5, 2             // SOL_PACKET, PACKET_VERSION, PACKET_RX_RING, TPACKET_V3
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, 0) // protocol 0: it sees no packet
	if err != nil {
		return 0, err
	}
	undo(func() { _ = syscall.Close(fd) })
	if err := syscall.SetsockoptInt(fd, packet, version, version3); err != nil {
		return 0, err
	}
	request := [7]uint32{mib, uint32(size), 2048, uint32(size) * (mib / 2048), 60, 0, 0}
	_, _, errno := syscall.Syscall6(syscall.SYS_SETSOCKOPT, uintptr(fd), packet, ring, uintptr(unsafe.Pointer(&request)), unsafe.Sizeof(request), 0)
	if errno != 0 {
		return 0, errno
	}
	for i := 0; i < times; i++ {
		if _, err := mapRing(fd, 0, size*mib); err != nil {
			return 0, err
		}
	}
	return int64(size * mib), nil
}

// Rings of 32 768 entries: 2 MiB of submissions and 1.13 MiB of the rest are mapped of each (io_uring(7)).
func ioRings(size int) (int64, error) {
	var sum int64
	for sum < int64(size*mib) {
		ring, submissions, fd, err := ioRing(32768)
		if err != nil {
			return 0, err
		}
		undo(func() { _ = syscall.Close(fd) })
		for offset, length := range map[int64]int{0: ring, 0x10000000: submissions} { // IORING_OFF_SQ_RING, IORING_OFF_SQES
			if _, err := mapRing(fd, offset, length); err != nil {
				return 0, err
			}
			sum += int64((length + int(page) - 1) &^ int(page-1))
		}
	}
	return sum, nil
}

// io_uring_setup(2): sizes of the rings and of the submissions, and the descriptor.
func ioRing(entries int) (ring, submissions, fd int, err error) {
	var params [120]byte
	got, _, errno := syscall.Syscall(425, uintptr(entries), uintptr(unsafe.Pointer(&params[0])), 0)
	if errno != 0 {
		return 0, 0, 0, errno
	}
	field := func(at int) int { return int(binary.LittleEndian.Uint32(params[at:])) }
	ring = field(80+20) + field(4)*16                 // cq_off.cqes, cq_entries
	if end := field(40+24) + field(0)*4; end > ring { // sq_off.array, sq_entries
		ring = end
	}
	return ring, field(0) * 64, int(got), nil
}

func bpfArray(size int) (int64, error) {
	const array, mmapable = 2, 1 << 10
	fd, err := bpfMap(array, 4, 64*1024, size*16, mmapable)
	if err != nil {
		return 0, err
	}
	_, err = mapRing(fd, 0, size*mib)
	return int64(size * mib), err
}

// Its data is mapped twice in a row, so that a record never wraps (Documentation/bpf/ringbuf.rst); a size that is a power of two.
func bpfRingBuffer(size int) (int64, error) {
	const ringBuffer = 27
	fd, err := bpfMap(ringBuffer, 0, 0, size*mib, 0)
	if err != nil {
		return 0, err
	}
	memory, err := syscall.Mmap(fd, int64(page), int(page)+2*size*mib, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return 0, err
	}
	undo(func() { _ = syscall.Munmap(memory) })
	for i := 0; i < len(memory); i += int(page) {
		sunk += memory[i]
	}
	return int64(size * mib), nil
}

// bpf(2), BPF_MAP_CREATE.
func bpfMap(kind, key, value, entries, flags int) (int, error) {
	number := uintptr(321)
	if runtime.GOARCH == "arm64" {
		number = 280
	}
	attributes := [32]uint32{uint32(kind), uint32(key), uint32(value), uint32(entries), uint32(flags)}
	fd, _, errno := syscall.Syscall(number, 0, uintptr(unsafe.Pointer(&attributes)), unsafe.Sizeof(attributes))
	if errno != 0 {
		return 0, errno
	}
	undo(func() { _ = syscall.Close(int(fd)) })
	return int(fd), nil
}

// perf_event_open(2), a software event on the first CPU, with rings of 8 MiB: a ring's data is a power of two pages.
func perfRings(size int) (int64, error) {
	number := uintptr(298)
	if runtime.GOARCH == "arm64" {
		number = 241
	}
	var sum int64
	for left := size; left > 0; left -= 8 {
		attributes := [32]uint32{0: 1, 1: 128, 2: 10} // PERF_TYPE_SOFTWARE, the size of this, PERF_COUNT_SW_BPF_OUTPUT
		anyone := ^uintptr(0)
		fd, _, errno := syscall.Syscall6(number, uintptr(unsafe.Pointer(&attributes)), anyone, 0, anyone, 0, 0)
		if errno != 0 {
			return 0, errno
		}
		undo(func() { _ = syscall.Close(int(fd)) })
		length := 8*mib + int(page)
		if _, err := mapRing(int(fd), 0, length); err != nil {
			return 0, err
		}
		sum += int64(length)
	}
	return sum, nil
}

func mapRing(fd int, offset int64, size int) ([]byte, error) {
	const populate = 0x8000 // MAP_POPULATE
	memory, err := syscall.Mmap(fd, offset, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|populate)
	if err == nil {
		undo(func() { _ = syscall.Munmap(memory) })
	}
	return memory, err
}

var undos []func()

// What was read only to touch it.
var sunk byte

// What a shape holds, and nobody else: /shape/undo lets go of it.
func undo(step func()) { undos = append(undos, step) }

func undoAll(int) (int64, error) {
	for i := len(undos) - 1; i >= 0; i-- {
		undos[i]()
	}
	undos = nil
	for _, file := range openFiles {
		_ = file.Close()
	}
	openFiles = nil
	for _, each := range connections {
		_ = each.Close()
	}
	connections = nil
	release()
	return 0, nil
}
