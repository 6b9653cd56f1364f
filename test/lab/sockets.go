package main

import (
	"net"
	"time"
)

var connections []net.Conn

// Connections to itself, over loopback, whose reader never reads: what was written waits in the kernel, for as long as the lab runs. Tells how many
// bytes were written; what the kernel takes for them only it knows.
func sockets(size int) (int64, error) { return untaken(size, 0) }

// `window`: bytes that the reader's side takes, where it is not to take as much as it likes; then most waits on the writer's.
func untaken(size, window int) (int64, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	var written int64
	for written < int64(size*mib) {
		writer, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			return written, err
		}
		reader, err := listener.Accept()
		if err != nil {
			return written, err
		}
		connections = append(connections, writer, reader)
		if window > 0 {
			if err := reader.(*net.TCPConn).SetReadBuffer(window); err != nil {
				return written, err
			}
		}
		count, err := fill(writer, int64(size*mib)-written)
		if err != nil {
			return written, err
		}
		written += count
	}
	return written, nil
}

// Writes until the buffers of both sides are full, or so much is written.
func fill(to net.Conn, most int64) (int64, error) {
	var written int64
	for piece := make([]byte, 64<<10); written < most; {
		if err := to.SetWriteDeadline(time.Now().Add(250 * time.Millisecond)); err != nil {
			return written, err
		}
		count, err := to.Write(piece)
		written += int64(count)
		if err != nil && !err.(net.Error).Timeout() {
			return written, err
		}
		if err != nil {
			break
		}
	}
	return written, nil
}

// Connections whose reader never reads, 4 MiB offered to each: with what their buffers take, or, where it is more than nothing, with a read buffer of so much.
func unread(size, readBuffer int) (int64, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	var written int64
	for i := 0; i < size/4; i++ {
		writer, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			return written, err
		}
		reader, err := listener.Accept()
		if err != nil {
			return written, err
		}
		if readBuffer > 0 {
			if err := reader.(*net.TCPConn).SetReadBuffer(readBuffer); err != nil {
				return written, err
			}
		}
		// what the writer keeps is not the reader's
		if err := writer.(*net.TCPConn).SetWriteBuffer(16 << 10); err != nil {
			return written, err
		}
		connections = append(connections, writer, reader)
		count, err := fill(writer, 4*mib)
		if err != nil {
			return written, err
		}
		written += count
	}
	return written, nil
}

func init() {
	shapes["unread"] = func(size int) (int64, error) { return unread(size, 0) }
	shapes["unread-small-buffer"] = func(size int) (int64, error) { return unread(size, 8<<10) }
}
