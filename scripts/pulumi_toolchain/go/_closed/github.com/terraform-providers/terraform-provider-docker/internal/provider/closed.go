package provider

import (
	"context"
	"errors"

	"github.com/docker/docker/client"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

var errClosed = errors.New("this Docker plugin builds no images: build them outside Pulumi and name them by their ID")

// canUseBuildx is asked first whenever an image is to be built, by whichever builder.
func canUseBuildx(context.Context, *client.Client) (bool, error) { return false, errClosed }

func createAndInitDockerCli(*client.Client) (any, error) { return nil, errClosed }

func mapBuildAttributesToBuildOptions(map[string]any, string, any) (any, error) { return nil, errClosed }

func runBuild(context.Context, any, any, string) error { return errClosed }

// resourceDockerBuildxBuilder refuses; package info hides it from programs.
func resourceDockerBuildxBuilder() *schema.Resource {
	refuse := func(context.Context, *schema.ResourceData, any) diag.Diagnostics { return diag.FromErr(errClosed) }
	return &schema.Resource{CreateContext: refuse, ReadContext: refuse, DeleteContext: refuse}
}
