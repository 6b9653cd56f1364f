package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// The runtime's own tables: what is anonymous where the kernel itself places mappings, and not the lab's. In the pure variant nobody else maps
// any there: the heap has addresses of its own (from 0xc000000000), and so have the program's variables.
func tables() (ranges, error) {
	const placed = 0x7000_0000_0000
	file, err := os.Open("/proc/self/maps")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var found ranges
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var each addresses
		var rights, offset, device, inode string
		fields := strings.Fields(lines.Text())
		isAnonymous := len(fields) == 5 || strings.HasPrefix(fields[5], "[anon: Go: ")
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s %s %s %s", &each.start, &each.end, &rights, &offset, &device, &inode); err != nil {
			return nil, err
		}
		if isAnonymous && inode == "0" && strings.HasPrefix(rights, "rw") && each.start >= placed {
			found.add(each.start, each.end-each.start)
		}
	}
	return found.merged().without(last.injected), nil
}
