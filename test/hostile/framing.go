package main

import (
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	ok     = "HTTP/1.1 200 OK\r\n"
	plain  = ok + "Content-Type: text/plain\r\n"
	begun  = plain + "Connection: close\r\n\r\n"
	chunks = plain + "Transfer-Encoding: chunked\r\n\r\n"
)

// How an answer is cut, or not.
var framing = []page{
	frame("silent", "reads the request and says nothing", func(c *wire) { c.wait(longest) }),
	frame("drip", "a byte of the body a second", func(c *wire) { c.say(begun); c.drip(strings.Repeat("# a line\n", 8)) }),
	frame("drip-head", "a byte of the headers a second", func(c *wire) { c.drip(begun) }),
	frame("half-header", "stops within a header", func(c *wire) { c.say(ok + "Content-Le"); c.wait(longest) }),
	frame("half-body", "stops within the body", func(c *wire) { c.say(plain + "Content-Length: 99\r\n\r\n{\"memstats\":{"); c.wait(longest) }),
	frame("endless", "a body without an end, as fast as it is read", func(c *wire) { c.say(begun); c.repeat("# nothing of any use\n", 1<<30) }),
	frame("byte-chunks", "a body of a million chunks of a byte each", func(c *wire) { c.say(chunks); c.repeat("1\r\n\n\r\n", 6*mib); c.say("0\r\n\r\n") }),
	frame("chunk-junk", "a chunk whose length is no number", func(c *wire) { c.say(chunks + "zz\r\nnothing\r\n0\r\n\r\n") }),
	frame("chunk-huge", "a chunk that says it has 2^60 bytes", func(c *wire) { c.say(chunks + "1000000000000000\r\n"); c.repeat("# a line\n", mib) }),
	frame("chunk-extension", "16 MiB of a chunk's extension, no byte of a body", func(c *wire) { c.say(chunks + "1;"); c.repeat("x", 16*mib) }),
	frame("trailers", "a million headers after the last chunk", func(c *wire) { c.say(chunks + "0\r\n"); c.repeat("X-A: b\r\n", 8*mib) }),
	frame("length-short", "more body than its length says", func(c *wire) { c.say(plain + "Content-Length: 2\r\n\r\n{}"); c.repeat("HTTP/1.1 200 OK\r\n", mib) }),
	frame("length-long", "less body than its length says", func(c *wire) { c.say(plain + "Content-Length: 1000000\r\n\r\n{}") }),
	frame("length-huge", "a length of 2^53 bytes", func(c *wire) { c.say(plain + "Content-Length: 9007199254740992\r\n\r\n{}"); c.wait(longest) }),
	frame("length-negative", "a length below nothing", func(c *wire) { c.say(plain + "Content-Length: -1\r\n\r\n{}"); c.wait(longest) }),
	frame("length-twice", "two lengths", func(c *wire) { c.say(plain + "Content-Length: 2\r\nContent-Length: 30\r\n\r\n{}"); c.wait(longest) }),
	frame("length-and-chunks", "a length and chunks", func(c *wire) {
		c.say(plain + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n0\r\n\r\n")
	}),
	frame("header-flood", "headers without an end", func(c *wire) { c.say(ok); c.repeat("X-A: b\r\n", 8*mib) }),
	frame("header-long", "one header of 8 MiB", func(c *wire) { c.say(ok + "X-A: "); c.repeat("b", 8*mib) }),
	frame("continue-flood", "a hundred thousand 100 Continue ahead of the answer", func(c *wire) { c.repeat("HTTP/1.1 100 Continue\r\n\r\n", 100_000*25); c.say(begun) }),
	frame("hints-flood", "a hundred thousand 103 Early Hints ahead of the answer", func(c *wire) { c.repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 100_000*28); c.say(begun) }),
	frame("switch", "another protocol, which nobody asked for", func(c *wire) {
		c.say("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n")
		c.wait(longest)
	}),
	frame("early-close", "closes before it answers", func(*wire) {}),
	frame("reset", "a reset within the body", func(c *wire) { c.say(begun + "{\"memstats\":"); reset(c) }),
	frame("no-head", "a body without a head", func(c *wire) { c.repeat("{\"memstats\":{}}\n", mib) }),
	frame("binary", "the preface of HTTP/2, and zeros", func(c *wire) { c.say("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"); c.repeat("\x00", mib) }),
	frame("status", "a status that there is not", func(c *wire) { c.say("HTTP/1.1 999 \x1b[2Jowned\r\nContent-Length: 0\r\n\r\n") }),
	frame("two-answers", "two answers to one request", func(c *wire) { c.say(strings.Repeat(plain+"Content-Length: 2\r\n\r\n{}", 2)); c.wait(time.Second) }),
	frame("gzip", "junk that says it is compressed", func(c *wire) {
		c.say(ok + "Content-Encoding: gzip\r\nConnection: close\r\n\r\n")
		c.repeat("\x1f\x8b", mib)
	}),
	frame("gzip-escapes", "a compression whose name has escapes", text(ok+"Content-Encoding: \x1b]0;owned\x07\r\nContent-Length: 2\r\n\r\n{}")),
	{"framing", "redirect-loop", "a redirect to itself", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }},
	frame("redirect-escapes", "a redirect to escapes and a secret", text("HTTP/1.1 302 Found\r\nLocation: javascript:\x1b[2J//user:secret@host/\xe2\x80\xae?key=secret\r\nContent-Length: 0\r\n\r\n")),
	frame("type-escapes", "a content type of markup", text(ok+"Content-Type: <script>alert(1)</script>\r\nContent-Length: 2\r\n\r\n[]")),
	frame("empty", "an empty body", text(plain+"Content-Length: 0\r\n\r\n")),
	frame("no-content", "204, and a body all the same", text("HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n{}")),
}

func frame(name, what string, say func(*wire)) page {
	return page{"framing", name, what, raw(say)}
}

// SO_LINGER of 0: close sends RST (socket(7)).
func reset(c *wire) {
	if conn, ok := c.conn.(*net.TCPConn); ok {
		_ = conn.SetLinger(0)
	}
}
