// pulumi-resource-docker: the Docker provider for Pulumi, from the upstream provider and the vendor's bridge.
//
// What it lacks against the vendor's plugin is the native docker.Image build resource: images are built outside Pulumi
// and named by their ID.
package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"

	"lantu.internal/engine/pulumi-resource-docker/info"
)

// An empty schema is enough: it only serves code generation, and the Python SDK comes as a finished package.
var schema = []byte("{}")

func main() {
	tfbridge.Main("docker", info.Version, info.Provider(), schema)
}
