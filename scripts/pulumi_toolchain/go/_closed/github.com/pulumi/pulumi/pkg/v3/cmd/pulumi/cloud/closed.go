package cloud

import (
	"errors"

	"github.com/spf13/cobra"
)

// APIError is what other commands look for among their errors; nothing in this build makes one.
type APIError struct {
	ExitCode int
	Silent   bool
}

func (*APIError) Error() string { return "pulumi api" }

// NewAPICmd refuses: it talks to Pulumi's own cloud, by its OpenAPI description.
func NewAPICmd() *cobra.Command {
	return &cobra.Command{Use: "api", Hidden: true, DisableFlagParsing: true, RunE: func(*cobra.Command, []string) error {
		return errors.New("this build of Pulumi is for a closed network and has no `pulumi api`")
	}}
}
