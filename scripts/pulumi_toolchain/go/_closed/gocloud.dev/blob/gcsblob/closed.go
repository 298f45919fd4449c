// Package gcsblob keeps the scheme known, so that a gs:// address is refused with the reason.
package gcsblob

import (
	"context"
	"errors"
	"net/url"

	"gocloud.dev/blob"
)

// Scheme is that of Google Cloud Storage.
const Scheme = "gs"

func init() { blob.DefaultURLMux().RegisterBucket(Scheme, refusing{}) }

type refusing struct{}

func (refusing) OpenBucketURL(context.Context, *url.URL) (*blob.Bucket, error) {
	return nil, errors.New("this build of Pulumi is for a closed network and has no client for Google Cloud Storage")
}
