// Loaded before all others (LD_PRELOAD): what a library does that takes memory for itself before the program, and Go's runtime in it, starts.
// EARLY_KIB is how much it maps, and writes to.

#define _DEFAULT_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

__attribute__((constructor)) static void map_early(void) {
	const char *kib = getenv("EARLY_KIB");
	if (kib == NULL) return;
	size_t size = strtoul(kib, NULL, 10) << 10;
	volatile char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) abort();
	for (size_t at = 0; at < size; at += 4096) memory[at] = 1;
}
