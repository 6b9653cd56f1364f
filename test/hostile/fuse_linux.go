package main

import (
	"encoding/binary"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// Runs a copy of this program from a file system of this process's own, which answers until the program runs, and then never again: whoever opens
// the executable waits until this process ends. In a mount namespace of its own, so that no path of anybody else's leads there.
func hang(folder string, overlaid bool) {
	if stage() == 0 {
		runtime.LockOSThread() // unshare(2) is for one thread, and execve(2) goes on with the one that calls it
		if err := syscall.Unshare(syscall.CLONE_NEWNS); err != nil {
			log.Fatalf("unshare: %v", err)
		}
		become("/proc/self/exe", map[bool]string{false: "hung-executable", true: "hung-lower-layer"}[overlaid], folder)
	}
	must(syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "")) // nothing that is mounted here shows anywhere else
	must(syscall.Mount("hostile", folder, "tmpfs", 0, "size=32m"))
	for _, each := range []string{"lower", "upper", "work", "merged"} {
		must(os.Mkdir(filepath.Join(folder, each), 0o755))
	}
	program, err := os.ReadFile("/proc/self/exe")
	must(err)
	var hangs atomic.Bool
	place := filepath.Join(folder, "lower")
	serveFile(place, program, &hangs)
	if overlaid {
		place = filepath.Join(folder, "merged")
		layers := strings.NewReplacer("F", folder).Replace("lowerdir=F/lower,upperdir=F/upper,workdir=F/work")
		must(syscall.Mount("overlay", place, "overlay", 0, layers))
	}
	child := exec.Command(filepath.Join(place, "program"), "held")
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
	hangs.Store(true)
	_, err = syscall.Write(ends[0], tell)
	must(err)
	select {}
}

// What runs from there: the process to be watched, with an honest endpoint.
func held() {
	endWithParent()
	must(syscall.Mlockall(1)) // MCL_CURRENT: no page of the executable is asked for later
	parent := os.NewFile(3, "parent")
	tell := []byte{1}
	_, err := parent.Write(tell)
	must(err)
	_, err = parent.Read(tell)
	must(err)
	ready(listen())
	select {}
}

func must(err error) {
	if err != nil {
		log.Fatalf("hostile: %v", err)
	}
}

const (
	opLookup, opForget, opGetattr, opOpen, opRead, opStatfs, opRelease, opFlush, opInit, opOpendir, opReleasedir = 1, 2, 3, 14, 15, 17, 18, 25, 26, 27, 29

	root, file = 1, 10 // inodes
)

// A folder with one file, "program", by the protocol of fuse(4) (include/uapi/linux/fuse.h, 7.31), in a goroutine of its own.
func serveFile(mountpoint string, program []byte, hangs *atomic.Bool) {
	device, err := syscall.Open("/dev/fuse", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	must(err)
	options := "fd=" + strconv.Itoa(device) + ",rootmode=40000,user_id=0,group_id=0,allow_other"
	must(syscall.Mount("hostile", mountpoint, "fuse.hostile", syscall.MS_NODEV|syscall.MS_NOSUID, options))
	go func() {
		request := make([]byte, mib)
		for {
			n, err := syscall.Read(device, request)
			if err == syscall.ENODEV {
				return // unmounted
			}
			if err != nil || n < 40 || hangs.Load() {
				continue
			}
			answer(device, request[:n], program)
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
		if inode != root || strings.TrimRight(string(body), "\x00") != "program" {
			reply(syscall.ENOENT)
			return
		}
		reply(0, [5]uint64{file}, attributes(file, len(program)))
	case opGetattr:
		reply(0, [2]uint64{}, attributes(inode, len(program)))
	case opOpen, opOpendir:
		reply(0, [2]uint64{})
	case opRead:
		from := min(int(order.Uint64(body[8:])), len(program))
		reply(0, program[from:min(from+int(order.Uint32(body[16:])), len(program))])
	case opRelease, opReleasedir, opFlush:
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
	if inode == file {
		mode = syscall.S_IFREG | 0o755
	} else {
		size = 0
	}
	return packed(inode, uint64(size), uint64(size+511)/512, [3]uint64{}, [3]uint32{}, mode, uint32(1), [3]uint32{}, uint32(4096), uint32(0))
}

func packed(parts ...any) []byte {
	var all []byte
	for _, part := range parts {
		if bytes, is := part.([]byte); is {
			all = append(all, bytes...)
			continue
		}
		var err error
		all, err = binary.Append(all, binary.LittleEndian, part)
		must(err)
	}
	return all
}
