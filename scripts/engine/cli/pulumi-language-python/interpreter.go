package main

import (
	"context"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// whereLibraries makes Python say where it keeps installed packages.
const whereLibraries = "import sysconfig; print(sysconfig.get_path('purelib'))"

// interpreter is the Python that Pulumi.yaml asks for (`runtime.options`), checked to exist, and what makes a process
// environment fit for it. An option that this host does not know is an error, not a wish that is quietly dropped.
func interpreter(info *pulumirpc.ProgramInfo) (toolchain.Toolchain, func([]string) []string, error) {
	options, err := pythonOptions(info)
	if err != nil {
		return nil, nil, err
	}
	python, err := toolchain.ResolveToolchain(options)
	if err != nil {
		return nil, nil, status.Error(codes.FailedPrecondition, err.Error())
	}
	if err := python.ValidateVenv(context.Background()); err != nil {
		return nil, nil, status.Error(codes.FailedPrecondition, err.Error())
	}
	folder, err := python.VirtualEnvPath(context.Background())
	if err != nil {
		return nil, nil, status.Error(codes.FailedPrecondition, err.Error())
	}
	activate := func(environment []string) []string {
		if folder == "" {
			return environment
		}
		return toolchain.ActivateVirtualEnv(environment, folder)
	}
	return python, activate, nil
}

func pythonOptions(info *pulumirpc.ProgramInfo) (toolchain.PythonOptions, error) {
	options := toolchain.PythonOptions{Root: info.RootDirectory, ProgramDir: info.ProgramDirectory}
	for name, value := range info.GetOptions().AsMap() {
		text, _ := value.(string)
		switch name + ":" + text {
		case "toolchain:pip":
			options.Toolchain = toolchain.Pip
		case "toolchain:poetry":
			options.Toolchain = toolchain.Poetry
		case "toolchain:uv":
			options.Toolchain = toolchain.Uv
		default:
			if name != "virtualenv" || text == "" {
				return options, status.Errorf(codes.InvalidArgument, "runtime option %s: %v is not supported; "+
					"known are virtualenv (a folder) and toolchain (pip, poetry, uv)", name, value)
			}
			options.Virtualenv = text
		}
	}
	return options, nil
}

// sitePackages is the folder in which the interpreter finds installed packages.
func sitePackages(ctx context.Context, info *pulumirpc.ProgramInfo) (string, error) {
	python, _, err := interpreter(info)
	if err != nil {
		return "", err
	}
	cmd, err := python.Command(ctx, "-c", whereLibraries)
	if err != nil {
		return "", err
	}
	answer, err := cmd.Output()
	if err != nil {
		return "", status.Errorf(codes.FailedPrecondition, "%s cannot be run: %v", cmd.Path, err)
	}
	return strings.TrimSpace(string(answer)), nil
}
