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

// interpreter is the Python that a Pulumi.yaml or PulumiPolicy.yaml asks for.
type interpreter struct {
	toolchain.Toolchain
	venv string // the virtual environment's folder; "" for the Python on PATH
}

// interpreterOf reads `runtime.options` and checks that what they name is there.
func interpreterOf(ctx context.Context, info *pulumirpc.ProgramInfo) (*interpreter, error) {
	options, err := pythonOptions(info)
	if err != nil {
		return nil, err
	}
	python, err := toolchain.ResolveToolchain(options)
	if err != nil {
		return nil, status.Error(codes.FailedPrecondition, err.Error())
	}
	if err := python.ValidateVenv(ctx); err != nil {
		return nil, status.Error(codes.FailedPrecondition, err.Error())
	}
	venv, err := python.VirtualEnvPath(ctx)
	if err != nil {
		return nil, status.Error(codes.FailedPrecondition, err.Error())
	}
	return &interpreter{python, venv}, nil
}

// pythonOptions refuses what this host does not know: a wish must not be dropped without a word.
func pythonOptions(info *pulumirpc.ProgramInfo) (toolchain.PythonOptions, error) {
	options := toolchain.PythonOptions{Root: info.RootDirectory, ProgramDir: info.ProgramDirectory}
	for name, value := range info.GetOptions().AsMap() {
		text, _ := value.(string)
		switch {
		case name == "virtualenv" && text != "":
			options.Virtualenv = text
		case name == "toolchain" && text == "pip":
			options.Toolchain = toolchain.Pip
		case name == "toolchain" && text == "poetry":
			options.Toolchain = toolchain.Poetry
		case name == "toolchain" && text == "uv":
			options.Toolchain = toolchain.Uv
		default:
			return options, status.Errorf(codes.InvalidArgument, "runtime option %s: %v is not supported; "+
				"known are virtualenv (a folder) and toolchain (pip, poetry, uv)", name, value)
		}
	}
	return options, nil
}

// activate fits a process environment to the interpreter.
func (python *interpreter) activate(environment []string) []string {
	if python.venv == "" {
		return environment
	}
	return toolchain.ActivateVirtualEnv(environment, python.venv)
}

// libraries is the folder in which the interpreter finds installed packages.
func (python *interpreter) libraries(ctx context.Context) (string, error) {
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
