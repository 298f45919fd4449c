package operations

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
)

var errClosed = errors.New("this build of Pulumi is for a closed network and reads no logs of cloud services")

// CloudOperationsProvider refuses: CloudWatch's client is not in this build.
func CloudOperationsProvider(map[config.Key]string, *Resource) (Provider, error) {
	return nil, errClosed
}

// AWSOperationsProvider refuses: CloudWatch's client is not in this build.
func AWSOperationsProvider(context.Context, map[config.Key]string, *Resource) (Provider, error) {
	return nil, errClosed
}

// GCPOperationsProvider refuses: Google's logging client is not in this build.
func GCPOperationsProvider(context.Context, map[config.Key]string, *Resource) (Provider, error) {
	return nil, errClosed
}
