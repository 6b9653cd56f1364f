package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Runs a copy of this program from a file system of this process's own, which answers until the program runs, and then never again: whoever opens
// the executable waits until this process ends.
func hang(folder, name string) {
	if stage() == 0 {
		inOwnNamespace(func() { become("/proc/self/exe", name, folder) })
	}
	must(syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "")) // nothing that is mounted here shows anywhere else
	must(syscall.Mount("hostile", folder, "tmpfs", 0, "size=32m"))
	for _, each := range []string{"lower", "upper", "work", "merged"} {
		must(os.Mkdir(filepath.Join(folder, each), 0o755))
	}
	program, err := os.ReadFile("/proc/self/exe")
	must(err)
	var gate sync.Mutex
	place := filepath.Join(folder, "lower")
	serveFile(place, program, &gate)
	if name == "hung-lower-layer" {
		place = filepath.Join(folder, "merged")
		layers := strings.NewReplacer("F", folder).Replace("lowerdir=F/lower,upperdir=F/upper,workdir=F/work")
		must(syscall.Mount("overlay", place, "overlay", 0, layers))
	}
	child := exec.Command(filepath.Join(place, "program"), "held", name)
	child.Env = append([]string{"HOSTILE_FILLER=" + strings.Repeat("x", 16*kib)}, os.Environ()...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr // it says itself that it is ready
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	must(err)
	child.ExtraFiles = []*os.File{os.NewFile(uintptr(ends[1]), "child")}
	runtime.LockOSThread() // Pdeathsig is of the thread that forks
	must(child.Start())
	tell := []byte{1}
	_, err = syscall.Read(ends[0], tell) // it has all of its pages now, and needs no answer any more
	must(err)
	gate.Lock()
	_, err = syscall.Write(ends[0], tell)
	must(err)
	select {}
}

// A mount namespace that goes with its processes, and in which no path of anybody else's leads. It is one thread's (unshare(2)), and execve(2) goes on
// with the one that calls it.
func inOwnNamespace(execute func()) {
	runtime.LockOSThread()
	if err := syscall.Unshare(syscall.CLONE_NEWNS); err != nil {
		log.Fatalf("unshare: %v", err)
	}
	execute()
}

// What runs from there: the process to be watched, with an honest endpoint.
func held(name string) {
	endWithParent()
	must(syscall.Mlockall(1)) // MCL_CURRENT: no page of the executable is asked for later
	var unread uintptr
	switch name {
	case "hung-environment":
		mapSymbols((environment()+4095)&^4095, syscall.MAP_FIXED) // amid the filler, of which Go has a copy
	case "lock-held":
		unread = mapSymbols(0, 0)
	case "hung-memory-file":
		keepLikeMemory()
	}
	parent := os.NewFile(3, "parent")
	tell := []byte{1}
	_, err := parent.Write(tell)
	must(err)
	_, err = parent.Read(tell)
	must(err)
	if name == "lock-held" {
		ready("-") // before it is held: then nothing that needs memory is sure to go on
		holdLock(unread)
	}
	ready(listen())
	select {}
}

// A file on the file system that hangs, open for as long as this runs, with the link of a file of memory, and a mount that no mountinfo has.
func keepLikeMemory() {
	program, err := os.Executable()
	must(err)
	place := filepath.Dir(program)
	fd, err := syscall.Open(filepath.Join(place, likeMemory), syscall.O_RDONLY, 0)
	must(err)
	must(os.Remove(filepath.Join(place, likeMemory)))
	must(syscall.Unmount(place, syscall.MNT_DETACH))
	link, err := os.Readlink(fmt.Sprint("/proc/self/fd/", fd))
	must(err)
	if link != "/"+likeMemory+" (deleted)" {
		log.Fatalf("hostile: its link is %s", link)
	}
}

// Where execve(2) put it: env_start of proc_pid_stat(5).
func environment() uintptr {
	stat, err := os.ReadFile("/proc/self/stat")
	must(err)
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	start, err := strconv.ParseUint(fields[50-3], 10, 64)
	must(err)
	return uintptr(start)
}

// Maps a page of the executable's end, which nobody has read: a program's symbols are not loaded. A read of it is a question to the file system.
func mapSymbols(address uintptr, flags int) uintptr {
	own, err := os.Open("/proc/self/exe")
	must(err)
	defer own.Close()
	about, err := own.Stat()
	must(err)
	offset := uintptr(about.Size()-mib) &^ 4095
	mapped, _, errno := syscall.Syscall6(syscall.SYS_MMAP, address, 4096, syscall.PROT_READ, uintptr(syscall.MAP_PRIVATE|flags), own.Fd(), offset)
	if errno != 0 {
		log.Fatalf("mmap: %v", errno)
	}
	return mapped
}

// One thread faults in a page that nobody answers for, by a way that can't let go of the mmap lock meanwhile (access_remote_vm() of mm/memory.c); another
// one waits to write, and all that would read wait behind it.
func holdLock(unread uintptr) {
	memory, err := os.Open("/proc/self/mem")
	must(err)
	go func() { _, _ = memory.ReadAt(make([]byte, 8), int64(unread)) }()
	time.Sleep(200 * time.Millisecond)
	_, _, _ = syscall.Syscall6(syscall.SYS_MMAP, 0, 4096, 0, syscall.MAP_PRIVATE|syscall.MAP_ANONYMOUS, ^uintptr(0), 0)
	select {}
}

// A folder with one file, "program", that has another file's content, in a mount namespace of this process's own: SIGUSR1 leaves all questions about it
// unanswered, SIGUSR2 answers them. It says each signal's name once that is so.
func hangingFile(folder, content string) {
	if stage() == 0 {
		must(os.Setenv("HOSTILE_STAGE", "1"))
		inOwnNamespace(func() { must(syscall.Exec("/proc/self/exe", os.Args, os.Environ())) })
	}
	must(syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""))
	endWithParent()
	text, err := os.ReadFile(content)
	must(err)
	var gate sync.Mutex
	serveFile(folder, text, &gate)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2)
	ready("-")
	hangs := false
	for each := range signals {
		if wanted := each == syscall.SIGUSR1; wanted && !hangs {
			gate.Lock()
		} else if !wanted && hangs {
			gate.Unlock()
		}
		hangs = each == syscall.SIGUSR1
		fmt.Println(each)
	}
}

func must(err error) {
	if err != nil {
		log.Fatalf("hostile: %v", err)
	}
}

const (
	opLookup, opForget, opGetattr, opUnlink, opOpen, opRead, opStatfs, opRelease, opFlush, opInit, opOpendir, opReleasedir = 1, 2, 3, 10, 14, 15, 17, 18, 25, 26, 27, 29

	root, file, other = 1, 10, 11 // inodes

	// Once it is deleted and its mount detached, its link of /proc/PID/fd is that of a memfd.
	likeMemory = "memfd:x"

	keepCache = 2 // FOPEN_KEEP_CACHE: else an open takes the pages from all who have them mapped
)

// A folder with one file, "program", by the protocol of fuse(4) (include/uapi/linux/fuse.h, 7.31). While somebody holds the gate, questions are taken and
// not answered: then not even SIGKILL ends the wait of whoever asked.
func serveFile(mountpoint string, program []byte, gate *sync.Mutex) {
	device, err := syscall.Open("/dev/fuse", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	must(err)
	options := "fd=" + strconv.Itoa(device) + ",rootmode=40000,user_id=0,group_id=0,allow_other"
	must(syscall.Mount("hostile", mountpoint, "fuse.hostile", syscall.MS_NODEV|syscall.MS_NOSUID, options))
	requests := make(chan []byte, 4*kib)
	go func() {
		for each := range requests {
			gate.Lock()
			answer(device, each, program)
			gate.Unlock()
		}
	}()
	go func() {
		request := make([]byte, mib)
		for {
			n, err := syscall.Read(device, request)
			if err == syscall.ENODEV {
				return // unmounted
			}
			if err == nil && n >= 40 {
				requests <- bytes.Clone(request[:n])
			}
		}
	}()
}

// Struct fuse_in_header: length, opcode, unique, inode, uid, gid, pid, padding. What comes after it is the operation's.
func answer(device int, request, program []byte) {
	order := binary.LittleEndian
	operation, unique, inode, body := order.Uint32(request[4:]), order.Uint64(request[8:]), order.Uint64(request[16:]), request[40:]
	reply := func(errno syscall.Errno, parts ...any) {
		payload := packed(parts...)
		_, _ = syscall.Write(device, append(packed(uint32(16+len(payload)), -int32(errno), unique), payload...))
	}
	switch operation {
	case opForget: // has no answer
	case opInit:
		reply(0, uint32(7), uint32(31), uint32(65536), uint32(0), uint16(12), uint16(10), uint32(65536), uint32(1), uint16(1), uint16(0), [8]uint32{})
	case opLookup:
		served, is := map[string]uint64{"program": file, likeMemory: other}[strings.TrimRight(string(body), "\x00")]
		if inode != root || !is {
			reply(syscall.ENOENT)
			return
		}
		reply(0, [5]uint64{served}, attributes(served, len(program)))
	case opGetattr:
		reply(0, [2]uint64{}, attributes(inode, len(program)))
	case opOpen, opOpendir:
		reply(0, [2]uint64{0, keepCache})
	case opRead:
		from := min(int(order.Uint64(body[8:])), len(program))
		reply(0, program[from:min(from+int(order.Uint32(body[16:])), len(program))])
	case opRelease, opReleasedir, opFlush, opUnlink:
		reply(0)
	case opStatfs:
		reply(0, [5]uint64{}, [4]uint32{4096, 255, 4096}, [6]uint32{})
	default:
		reply(syscall.ENOSYS)
	}
}

// Struct fuse_attr: inode, size, blocks, three times, their nanoseconds, mode, links, uid, gid, rdev, block size, flags.
func attributes(inode uint64, size int) []byte {
	mode := uint32(syscall.S_IFDIR | 0o755)
	if inode == file || inode == other {
		mode = syscall.S_IFREG | 0o755
	} else {
		size = 0
	}
	return packed(inode, uint64(size), uint64(size+511)/512, [3]uint64{}, [3]uint32{}, mode, uint32(1), [3]uint32{}, uint32(4096), uint32(0))
}

func packed(parts ...any) []byte {
	var all []byte
	for _, part := range parts {
		if some, is := part.([]byte); is {
			all = append(all, some...)
			continue
		}
		var err error
		all, err = binary.Append(all, binary.LittleEndian, part)
		must(err)
	}
	return all
}
