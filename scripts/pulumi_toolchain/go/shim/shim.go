// Package shim hands out the Docker provider, which upstream keeps in an `internal` package. Go judges `internal` by
// import path, and this module's path lies under upstream's.
package shim

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// NewProvider gives the upstream provider; the word is the version it reports of itself.
func NewProvider() *schema.Provider { return provider.New("pulumi")() }
