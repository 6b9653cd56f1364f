//go:build !cgo

package main

const (
	cgo          = false
	threadStacks = "go_arenas"
)

var cLeaks = map[string]leak{}

func growC(int) {}
func freeC()    {}

func threadStack() (start, size uintptr) { return 0, 0 }
