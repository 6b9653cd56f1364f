package main

import (
	"encoding/binary"
	"os"
	"sort"
	"syscall"
	"unsafe"
)

// A range of addresses, whole pages. As numbers: what lies there may be long gone.
type addresses struct{ start, end uintptr }

// Ranges that were injected. Neighbors are joined as they come, so that millions of small objects make few ranges.
type ranges []addresses

var page = uintptr(os.Getpagesize())

// Adds the pages that hold [start, start+size).
func (r *ranges) add(start, size uintptr) {
	if size == 0 {
		return
	}
	next := addresses{start &^ (page - 1), (start + size + page - 1) &^ (page - 1)}
	if last := len(*r) - 1; last >= 0 {
		before := &(*r)[last]
		if next.start >= before.start && next.start <= before.end {
			if next.end > before.end {
				before.end = next.end
			}
			return
		}
	}
	*r = append(*r, next)
}

func (r *ranges) addBytes(piece []byte) {
	if len(piece) > 0 {
		r.add(uintptr(unsafe.Pointer(&piece[0])), uintptr(len(piece)))
	}
}

// In order, none overlapping: a page that two objects share counts once.
func (r ranges) merged() ranges {
	sort.Slice(r, func(i, j int) bool { return r[i].start < r[j].start })
	var merged ranges
	for _, each := range r {
		merged.add(each.start, each.end-each.start)
	}
	return merged
}

func (r ranges) size() int64 {
	var size int64
	for _, each := range r {
		size += int64(each.end - each.start)
	}
	return size
}

// Merged ranges, less those that others have: the kernel joins neighbors of one kind.
func (r ranges) without(others ranges) ranges {
	var left ranges
	for _, each := range r {
		for _, other := range others {
			if other.end <= each.start || other.start >= each.end {
				continue
			}
			if other.start > each.start {
				left.add(each.start, other.start-each.start)
			}
			if other.end >= each.end {
				each.start = each.end
				break
			}
			each.start = other.end
		}
		left.add(each.start, each.end-each.start)
	}
	return left
}

// The bytes of merged ranges that are resident now, by mincore(2): of anonymous memory it tells what is in the page tables, of a file
// what is in the page cache. memgap asks other parts of the kernel, so that the two check each other.
func (r ranges) resident() int64 {
	var pages int64
	vector := make([]byte, 4096)
	for _, each := range r {
		for at := each.start; at < each.end; {
			count := (each.end - at) / page
			if count > uintptr(len(vector)) {
				count = uintptr(len(vector))
			}
			if _, _, errno := syscall.Syscall(syscall.SYS_MINCORE, at, count*page, uintptr(unsafe.Pointer(&vector[0]))); errno == 0 {
				for _, each := range vector[:count] {
					pages += int64(each & 1)
				}
			}
			at += count * page
		}
	}
	return pages * int64(page)
}

// The bytes of merged ranges that are in memory for this process alone, by /proc/self/pagemap: present (bit 63) and exclusively mapped (bit 56; kernel:
// Documentation/admin-guide/mm/pagemap.rst). mincore(2) counts a page that was read and never written, too: that is the kernel's page of zeros, and nobody's.
func (r ranges) own() (int64, error) {
	const present, exclusive = 1 << 63, 1 << 56
	file, err := os.Open("/proc/self/pagemap")
	if err != nil {
		return 0, err
	}
	defer file.Close()
	var pages int64
	entries := make([]byte, 8*4096)
	for _, each := range r {
		for at := each.start; at < each.end; {
			count := (each.end - at) / page
			if count > uintptr(len(entries)/8) {
				count = uintptr(len(entries) / 8)
			}
			if _, err := file.ReadAt(entries[:8*count], int64(at/page)*8); err != nil {
				return 0, err
			}
			for index := uintptr(0); index < count; index++ {
				entry := binary.LittleEndian.Uint64(entries[8*index:])
				if entry&present != 0 && entry&exclusive != 0 {
					pages++
				}
			}
			at += count * page
		}
	}
	return pages * int64(page), nil
}
