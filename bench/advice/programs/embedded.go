//go:build embedded

package main

import (
	_ "embed"
	"time"
)

// Of the size that a large program's code has; the bench makes it (build-programs.ts).
//
//go:embed blob.bin
var blob string

func init() {
	// an executable of 60 MiB, all of it in use
	shapes["big-executable"] = shape{start: func(string) {
		live(15)
		always(time.Second, func() {
			for i := 0; i < len(blob); i += 4096 {
				sum += blob[i]
			}
		})
	}, load: func(string) { awaitRounds(6) }}
}
