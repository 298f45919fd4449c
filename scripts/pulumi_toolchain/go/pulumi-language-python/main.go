// pulumi-language-python: the language host that `pulumi` starts for programs and policy packs written in Python.
//
// The vendor's own host is a Go module that not every module proxy carries; everything it is made of is in the SDK
// module that `pulumi` itself is built from, so this host is the protocol (host.go) over the SDK's `toolchain` package
// (which interpreter) and process handling (process.go). It is written in Go, not in Python, because one engine serves
// every checkout on a machine: a binary beside `pulumi` needs no interpreter and no packages of its own, so there is
// no second virtual environment to pin, to keep and to point at. The Python that runs a program is always the one that
// the program's own Pulumi.yaml names.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

func main() {
	if err := serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-language-python:", err)
		os.Exit(1)
	}
}

// serve answers the engine until the engine says stop (SIGINT, or SIGTERM from people) or is gone.
func serve(args []string) error {
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	done, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go stopWithParent(stop)

	host := &host{binaries: filepath.Dir(executable), engine: engineAddress(args), children: newChildren()}
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, host)
			return nil
		},
	})
	if err != nil {
		return err
	}
	fmt.Println(handle.Port) // the engine reads this line to find us

	select {
	case <-done.Done():
	case err = <-handle.Done:
	}
	return errors.Join(err, host.children.stop())
}

// engineAddress is the one positional argument; flags (-v, --logtostderr, --tracing) are for the vendor's tracing.
func engineAddress(args []string) string {
	if len(args) == 0 || strings.HasPrefix(args[len(args)-1], "-") {
		return "" // started by hand; the handshake brings the address
	}
	return args[len(args)-1]
}

// stopWithParent calls stop when the engine that started us has died without a word (SIGKILL, out of memory).
func stopWithParent(stop func()) {
	for parent := os.Getppid(); os.Getppid() == parent; {
		time.Sleep(time.Second)
	}
	stop()
}
