// Package cloud refuses the secret managers of cloud services; a stack's secrets are kept with a passphrase.
package cloud

import (
	"encoding/json"
	"errors"

	"github.com/pulumi/pulumi/pkg/v3/secrets"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// Type is the name under which a stack's state refers to such a manager.
const Type = "cloud"

var errClosed = errors.New("this build of Pulumi is for a closed network and has no secret managers of cloud services " +
	"(awskms, azurekeyvault, gcpkms, hashivault): use the secrets provider passphrase, or install the official Pulumi")

// EditProjectStack refuses.
func EditProjectStack(*workspace.ProjectStack, json.RawMessage) error { return errClosed }

// NewCloudSecretsManager refuses.
func NewCloudSecretsManager(*workspace.ProjectStack, string, bool) (secrets.Manager, error) {
	return nil, errClosed
}

// NewCloudSecretsManagerFromState refuses.
func NewCloudSecretsManagerFromState(json.RawMessage) (secrets.Manager, error) { return nil, errClosed }
