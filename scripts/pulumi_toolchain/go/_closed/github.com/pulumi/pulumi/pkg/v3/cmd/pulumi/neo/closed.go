// Package neo refuses the assistant in Pulumi's cloud.
package neo

import (
	"errors"

	"github.com/spf13/cobra"
)

// NewNeoCmd refuses.
func NewNeoCmd() *cobra.Command {
	return &cobra.Command{Use: "neo", Hidden: true, DisableFlagParsing: true, RunE: func(*cobra.Command, []string) error {
		return errors.New("this build of Pulumi is for a closed network and has no `pulumi neo`")
	}}
}
