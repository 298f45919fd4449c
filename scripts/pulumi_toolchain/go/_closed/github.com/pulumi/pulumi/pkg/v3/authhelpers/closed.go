// Package authhelpers, without Google's storage client.
package authhelpers

import (
	"context"

	"gocloud.dev/blob"
)

// GoogleCredentialsMux leads to the bucket opener that is registered for gs://, which says that it is not in this build.
func GoogleCredentialsMux(context.Context) (*blob.URLMux, error) { return blob.DefaultURLMux(), nil }
