// Programs of the kinds that an advised limit has killed or starved, one shape each. Standard library only.
//
//	programs -shape NAME -listen 127.0.0.1:0 [-file PATH]
//
// A shape's start comes before the port listens, so that it counts as time to ready; GET /load does the shape's work, the same each time, and
// answers when it is done. Beside it are net/http/pprof's pages. Three modes serve the bench itself: "drop FILE..." gives the page cache of files
// back, "read FILE..." fills it, and "probe" takes memory for a moment and ends, as an exec probe does.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"sort"
	"strings"
)

const mib = 1 << 20

// What a program does before it is ready, and what it does under load.
type shape struct {
	start func(file string)
	load  func(file string)
}

var shapes = map[string]shape{}

func main() {
	if len(os.Args) > 1 && beside(os.Args[1], os.Args[2:]) {
		return
	}
	name := flag.String("shape", "", "what to do: "+strings.Join(names(), ", "))
	address := flag.String("listen", "127.0.0.1:0", "host:port")
	file := flag.String("file", "", "the file that it uses")
	flag.Parse()
	which, exists := shapes[*name]
	if !exists {
		log.Fatalf("no shape is called %q: there are %s", *name, strings.Join(names(), ", "))
	}
	if which.start != nil {
		which.start(*file)
	}
	http.HandleFunc("/ready", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	http.HandleFunc("/load", func(w http.ResponseWriter, _ *http.Request) {
		if which.load != nil {
			which.load(*file)
		}
		fmt.Fprintln(w, "ok")
	})
	listener, err := net.Listen("tcp", *address)
	must(err)
	log.Fatal(http.Serve(listener, nil))
}

func names() []string {
	var all []string
	for name := range shapes {
		all = append(all, name)
	}
	sort.Strings(all)
	return all
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
