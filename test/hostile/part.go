package main

import (
	"io"
	"net/http"
)

// A part of a body; what goes wrong with it is the reader's leaving, and ends the request.
type part func(io.Writer)

func say(text string) part {
	return func(w io.Writer) { _, _ = io.WriteString(w, text) }
}

// One piece again and again, up to a number of bytes: in writes of 64 KiB, so that what costs is the reading.
func many(piece string, total int) part {
	return func(w io.Writer) {
		var block []byte
		for len(block) < 64*kib && len(block) < total {
			block = append(block, piece...)
		}
		for left := total; left > 0; left -= len(block) {
			if left < len(block) {
				block = block[:(left+len(piece)-1)/len(piece)*len(piece)] // whole pieces
			}
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}
}

func body(contentType string, parts ...part) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for _, each := range parts {
			each(w)
		}
	}
}
