// The hostile program: what a target, or a process beside memgap, can do to whoever reads it. Standard library only, Go 1.23 and later, Linux.
//
//	hostile list              prints every family, one a line: KIND/NAME, a tab, what it does
//	hostile serve ADDRESS     answers at /KIND/NAME/... on loopback as the family does; with "unix:" ahead of a path, there
//	hostile file FOLDER FILE  serves one file below FOLDER by FUSE, which hangs and answers as signals tell it to
//	hostile be NAME FOLDER    becomes the process of family process/NAME; FOLDER is an empty folder that the caller removes
//
// The last three print one line, "ready PID ADDRESS" (ADDRESS is "-" where the process has no endpoint), and end when their standard input
// closes or their parent does. Each family is bounded: an answer in bytes and in seconds, a process in mappings, threads, files and page tables.
// None of them stops anybody but a reader that sets itself no bound: what would stop Node, undici or the kernel is not here.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
)

const kib, mib = 1 << 10, 1 << 20

// What answers hostilely, at /KIND/NAME/...
type page struct {
	kind, name, what string
	answer           http.HandlerFunc
}

func pages() []page {
	var all []page
	for _, some := range [][]page{framing, memstatsPages(), profiles, indexes, expvars, expositions} {
		all = append(all, some...)
	}
	return all
}

func main() {
	arguments := append(os.Args[1:], "", "", "")
	switch arguments[0] {
	case "list":
		for _, each := range pages() {
			fmt.Printf("%s/%s\t%s\n", each.kind, each.name, each.what)
		}
		for _, each := range processes {
			fmt.Printf("process/%s\t%s\n", each.name, each.what)
		}
	case "serve":
		serve(arguments[1])
	case "be":
		be(arguments[1], arguments[2])
	case "blink":
		blink()
	case "held":
		held(arguments[1])
	case "file":
		hangingFile(arguments[1], arguments[2])
	default:
		log.Fatalf("hostile: list, serve ADDRESS, file FOLDER FILE or be NAME FOLDER, not %q", arguments[0])
	}
}

func serve(address string) {
	network := "tcp"
	if strings.HasPrefix(address, "unix:") {
		network, address = "unix", strings.TrimPrefix(address, "unix:")
	}
	listener, err := net.Listen(network, address)
	if err != nil {
		log.Fatal(err)
	}
	byPath := map[string]http.HandlerFunc{}
	for _, each := range pages() {
		byPath[each.kind+"/"+each.name] = each.answer
	}
	endWithParent()
	fmt.Printf("ready %d %s\n", os.Getpid(), listener.Addr())
	log.Fatal(http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 3)
		answer := byPath[strings.Join(parts[:min(2, len(parts))], "/")]
		if answer == nil {
			http.NotFound(w, r)
			return
		}
		answer(w, r)
	})))
}

func endWithStdin() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}
