package main

import (
	"io"
	"net"
	"net/http"
	"time"
)

// No answer lasts longer, whatever its reader does: far more than any poll of memgap's, far less than what would pile up.
const longest = 30 * time.Second

// A connection whose request was read, for answers that are no HTTP, or more of it than net/http would send.
type wire struct {
	conn net.Conn
	gone chan struct{} // closed once the reader has left
}

// Serves a family by what it says on the bare connection, which is closed after it.
func raw(say func(*wire)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		hijacker, ok := w.(http.Hijacker)
		if !ok {
			return
		}
		conn, buffered, err := hijacker.Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(longest))
		c := &wire{conn, make(chan struct{})}
		go func() {
			_, _ = io.Copy(io.Discard, buffered)
			close(c.gone)
		}()
		say(c)
	}
}

func text(answer string) func(*wire) { return func(c *wire) { c.say(answer) } }

// Whether the reader was still there.
func (c *wire) say(text string) bool {
	_, err := io.WriteString(c.conn, text)
	return err == nil
}

// Waits; false once the reader has left.
func (c *wire) wait(d time.Duration) bool {
	select {
	case <-c.gone:
		return false
	case <-time.After(d):
		return true
	}
}

// A byte a second of it, then silence.
func (c *wire) drip(text string) {
	for i := range text {
		if !c.say(text[i:i+1]) || !c.wait(time.Second) {
			return
		}
	}
	c.wait(longest)
}

// One piece again and again, up to a number of bytes.
func (c *wire) repeat(piece string, total int) { many(piece, total)(c.conn) }
