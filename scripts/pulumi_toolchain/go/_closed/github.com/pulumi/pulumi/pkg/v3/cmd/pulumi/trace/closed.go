// Package trace refuses the viewer of traces for Pulumi's developers.
package trace

import (
	"fmt"

	"github.com/spf13/cobra"
)

// NewViewTraceCmd refuses.
func NewViewTraceCmd() *cobra.Command { return refusing("view-trace") }

// NewConvertTraceCmd refuses.
func NewConvertTraceCmd() *cobra.Command { return refusing("convert-trace") }

func refusing(name string) *cobra.Command {
	return &cobra.Command{Use: name, Hidden: true, DisableFlagParsing: true, RunE: func(*cobra.Command, []string) error {
		return fmt.Errorf("this build of Pulumi is for a closed network and has no `pulumi %s`", name)
	}}
}
