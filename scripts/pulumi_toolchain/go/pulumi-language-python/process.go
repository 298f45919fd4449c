package main

import (
	"errors"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// grace is how long a child may take to end by itself. The engine gives this host 5 s before it kills it.
const grace = 2 * time.Second

// children are the running programs and plugins, each the leader of its own process group: the engine's SIGINT to
// this host's group then makes no KeyboardInterrupt traceback in them, and whatever they started ends with them.
type children struct {
	mutex   sync.Mutex
	stopped bool
	running map[*exec.Cmd]chan struct{} // closed when the child has been waited for
}

func newChildren() *children { return &children{running: map[*exec.Cmd]chan struct{}{}} }

var errStopped = errors.New("stopped before it was started")

// start starts cmd, unless the host is already on its way out.
func (c *children) start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return terminate(cmd) }
	cmd.WaitDelay = grace // then exec kills it and closes the pipes that its own children may still hold
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.stopped {
		return errStopped
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.running[cmd] = make(chan struct{})
	return nil
}

// wait waits for a started child and gives its exit code; a child that a signal ended has code -1.
func (c *children) wait(cmd *exec.Cmd) (int, error) {
	err := cmd.Wait()
	killGroup(cmd) // what it left behind
	c.mutex.Lock()
	close(c.running[cmd])
	delete(c.running, cmd)
	c.mutex.Unlock()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		return -1, err
	}
	return cmd.ProcessState.ExitCode(), nil
}

// stop ends every child, politely for `grace` and then by force, and lets no new one start.
func (c *children) stop() error {
	c.mutex.Lock()
	c.stopped = true
	waiting := map[*exec.Cmd]chan struct{}{}
	for cmd, ended := range c.running {
		waiting[cmd] = ended
	}
	c.mutex.Unlock()

	var failures []error
	for cmd := range waiting {
		failures = append(failures, terminate(cmd))
	}
	deadline := time.After(grace)
	for cmd, ended := range waiting {
		select {
		case <-ended:
		case <-deadline:
			killGroup(cmd)
		}
	}
	return errors.Join(failures...)
}

// stopping tells whether children are ending because they were told to.
func (c *children) stopping() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.stopped
}

func terminate(cmd *exec.Cmd) error {
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM); !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil // it had already ended
}

func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
