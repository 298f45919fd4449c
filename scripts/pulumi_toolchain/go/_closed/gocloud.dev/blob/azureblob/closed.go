// Package azureblob keeps the scheme known, so that an azblob:// address is refused with the reason.
package azureblob

import (
	"context"
	"errors"
	"net/url"

	"gocloud.dev/blob"
)

// Scheme is that of Azure's storage.
const Scheme = "azblob"

// URLOpener refuses every address; its fields are those that callers set.
type URLOpener struct {
	MakeClient        func()
	ServiceURLOptions ServiceURLOptions
}

// ServiceURLOptions has nothing to choose.
type ServiceURLOptions struct{}

// NewDefaultServiceURLOptions gives the empty options.
func NewDefaultServiceURLOptions() *ServiceURLOptions { return &ServiceURLOptions{} }

// NewDefaultClient is only named, never called.
func NewDefaultClient() {}

func init() { blob.DefaultURLMux().RegisterBucket(Scheme, &URLOpener{}) }

// OpenBucketURL refuses.
func (*URLOpener) OpenBucketURL(context.Context, *url.URL) (*blob.Bucket, error) {
	return nil, errors.New("this build of Pulumi is for a closed network and has no client for Azure's storage")
}
