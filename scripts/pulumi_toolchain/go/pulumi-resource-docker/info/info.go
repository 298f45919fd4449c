// Package info gives the Docker provider's resources the tokens under which the Python SDK knows them.
package info

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	sdkv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/terraform-providers/terraform-provider-docker/shim"
)

// Version is set by the linker to the version of the Python SDK that this plugin answers for.
var Version = "0.0.0"

// Provider describes the upstream provider: docker_network becomes docker:index/network:Network, and so on. By hand
// only what the SDK names otherwise, and containers, whose name and ports are taken until the old one is gone.
func Provider() tfbridge.ProviderInfo {
	provider := tfbridge.ProviderInfo{
		P:              sdkv2.NewProvider(shim.NewProvider()),
		Name:           "docker",
		Version:        Version,
		GitHubOrg:      "kreuzwerker",
		MetadataInfo:   tfbridge.NewProviderMetadata([]byte("{}")),
		IgnoreMappings: []string{"docker_compose", "docker_buildx_builder"},
		Resources: map[string]*tfbridge.ResourceInfo{
			"docker_container": {Tok: "docker:index/container:Container", DeleteBeforeReplace: true},
			"docker_image":     {Tok: "docker:index/remoteImage:RemoteImage"},
			"docker_config":    {Tok: "docker:index/serviceConfig:ServiceConfig"},
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"docker_image": {Tok: "docker:index/getRemoteImage:getRemoteImage"},
		},
	}
	provider.MustComputeTokens(tokens.SingleModule("docker_", "index", tokens.MakeStandard("docker")))
	return provider
}
