package ffmpeg

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// relayMark is the first argument of this program when it is to run another one, in a sandbox,
// and to pass on what that asks of [relayAddress]: the path of the socket follows to which it
// is passed, then the command.
const relayMark = "reelastic-relay"

// relayAddress is where the relay listens in the network that the sandbox has of its own, in
// which there is nothing else.
const relayAddress = "127.0.0.1:8080"

func init() {
	if len(os.Args) < 4 || os.Args[1] != relayMark {
		return
	}
	// What this program has been given open is not for the other.
	err := unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC)
	if err == nil {
		err = relay(os.Args[2])
	}
	if err == nil {
		err = become(os.Args[3:])
	}
	fmt.Fprintln(os.Stderr, "relay: "+err.Error())
	os.Exit(1)
}

// relay passes connections on to a socket, each by itself, until this program ends.
func relay(socket string) error {
	ln, err := net.Listen("tcp4", relayAddress)
	if err != nil {
		return err
	}
	go func() {
		for {
			from, err := ln.Accept()
			if err != nil {
				return // the program finds nobody there
			}
			go pass(from, socket)
		}
	}()
	return nil
}

// pass joins a connection with a new one to the socket.
func pass(from net.Conn, socket string) {
	defer from.Close()
	to, err := net.Dial("unix", socket)
	if err != nil {
		return // it is told by the end of the connection
	}
	defer to.Close()
	go func() {
		_, _ = io.Copy(to, from) // whoever is left finds the end
		to.Close()
		from.Close()
	}()
	_, _ = io.Copy(from, to)
}

// become runs a command and ends as it does. It returns only what kept it from running.
func become(argv []string) error {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		return err
	}
	code := cmd.ProcessState.ExitCode()
	if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		code = 128 + int(ws.Signal()) // as bubblewrap tells it
	}
	os.Exit(code)
	return nil
}
