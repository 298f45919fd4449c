package main

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// shownAlready is the exit code with which the SDK's program runner says that the user has seen the error.
const shownAlready = 32

// host answers the engine's calls (pulumirpc.LanguageRuntime). What it has no answer for is "unimplemented".
type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	binaries string // the folder of `pulumi`, where the SDK's program runner lies too
	engine   string // the engine's own address
	children *children
}

func (h *host) Handshake(_ context.Context, request *pulumirpc.LanguageHandshakeRequest) (
	*pulumirpc.LanguageHandshakeResponse, error,
) {
	h.engine = request.EngineAddress
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

func (h *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: "1.0.0"}, nil
}

// GetRequiredPackages names the resource plugins of the installed SDK packages, each of which carries a
// pulumi-plugin.json, so that a missing plugin is found before the program runs.
func (h *host) GetRequiredPackages(ctx context.Context, request *pulumirpc.GetRequiredPackagesRequest) (
	*pulumirpc.GetRequiredPackagesResponse, error,
) {
	python, err := interpreterOf(ctx, request.Info)
	if err != nil {
		return nil, err
	}
	libraries, err := python.libraries(ctx)
	if err != nil {
		return nil, err
	}
	manifests, err := filepath.Glob(filepath.Join(libraries, "*", "pulumi-plugin.json"))
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GetRequiredPackagesResponse{}
	for _, path := range manifests {
		manifest, err := plugin.LoadPulumiPluginJSON(path)
		if err != nil {
			return nil, status.Errorf(codes.FailedPrecondition, "%s cannot be read: %v", path, err)
		}
		if manifest.Resource {
			response.Packages = append(response.Packages, &pulumirpc.PackageDependency{
				Name: manifest.Name, Kind: "resource", Version: manifest.Version, Server: manifest.Server,
			})
		}
	}
	return response, nil
}

func (h *host) About(ctx context.Context, request *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	python, err := interpreterOf(ctx, request.Info)
	if err != nil {
		return nil, err
	}
	about, err := python.About(ctx)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.AboutResponse{Executable: about.PythonExecutable, Version: about.PythonVersion.String()}, nil
}

func (h *host) GetProgramDependencies(ctx context.Context, request *pulumirpc.GetProgramDependenciesRequest) (
	*pulumirpc.GetProgramDependenciesResponse, error,
) {
	python, err := interpreterOf(ctx, request.Info)
	if err != nil {
		return nil, err
	}
	installed, err := python.ListPackages(ctx, request.TransitiveDependencies)
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GetProgramDependenciesResponse{}
	for _, each := range installed {
		response.Dependencies = append(response.Dependencies,
			&pulumirpc.DependencyInfo{Name: each.Name, Version: each.Version})
	}
	return response, nil
}

// InstallDependencies refuses: packages come from a lock file with hashes, at set-up, not while a program starts.
func (h *host) InstallDependencies(
	*pulumirpc.InstallDependenciesRequest, pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	return status.Error(codes.FailedPrecondition,
		"this language host installs no Python packages; run the project's scripts/setup, which installs the locked ones")
}

// Run runs a program to its end. Its output goes to this host's own streams, which the engine shows as it comes.
func (h *host) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	python, err := interpreterOf(ctx, request.Info)
	if err != nil {
		return nil, err
	}
	cmd, err := python.Command(ctx, h.runner(request)...)
	if err != nil {
		return nil, err
	}
	settings, err := configuration(request)
	if err != nil {
		return nil, err
	}
	cmd.Env = append(cmd.Environ(), settings...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := h.children.start(cmd); err != nil {
		return nil, err
	}
	code, err := h.children.wait(cmd)
	switch {
	case err != nil:
		return nil, err
	case code == shownAlready || h.children.stopping():
		return &pulumirpc.RunResponse{Bail: true}, nil
	case code != 0:
		return &pulumirpc.RunResponse{Error: "the Python program ended with " + cmd.ProcessState.String()}, nil
	}
	return &pulumirpc.RunResponse{}, nil
}

// runner is the arguments that make Python run a program: the SDK's own runner, unbuffered so that output comes at once.
func (h *host) runner(request *pulumirpc.RunRequest) []string {
	args := []string{"-u", filepath.Join(h.binaries, "pulumi-language-python-exec")}
	for _, option := range [][2]string{
		{"--monitor", request.MonitorAddress},
		{"--engine", h.engine},
		{"--project", request.Project},
		{"--root_directory", request.Info.RootDirectory},
		{"--stack", request.Stack},
		{"--pwd", request.Pwd},
		{"--dry_run", strconv.FormatBool(request.DryRun)},
		{"--parallel", strconv.Itoa(int(request.Parallel))},
		{"--organization", request.Organization},
	} {
		if option[1] != "" {
			args = append(args, option[:]...)
		}
	}
	return append(append(args, request.Info.EntryPoint), request.Args...)
}

// configuration passes a stack's configuration to the SDK, with the names of those values that are secret.
func configuration(request *pulumirpc.RunRequest) ([]string, error) {
	config, names := map[string]string{}, []string{} // never nil: the SDK takes no JSON null
	maps.Copy(config, request.Config)
	values, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	secrets, err := json.Marshal(append(names, request.ConfigSecretKeys...))
	if err != nil {
		return nil, err
	}
	return []string{"PULUMI_CONFIG=" + string(values), "PULUMI_CONFIG_SECRET_KEYS=" + string(secrets)}, nil
}

// RunPlugin runs a policy pack and streams its output; the first line of it is the port that the engine dials.
// (Dynamic providers are not started here but by pulumi-resource-pulumi-python, which lies beside `pulumi`.)
func (h *host) RunPlugin(
	request *pulumirpc.RunPluginRequest, stream pulumirpc.LanguageRuntime_RunPluginServer,
) error {
	if request.Kind != "analyzer" {
		return status.Errorf(codes.Unimplemented, "plugins of kind %q in Python are not supported", request.Kind)
	}
	python, err := interpreterOf(stream.Context(), request.Info)
	if err != nil {
		return err
	}
	folder := request.Info.ProgramDirectory
	args := slices.Concat([]string{"-u", "-m", "pulumi.policy"}, request.Args, []string{folder})
	cmd, err := python.Command(stream.Context(), args...)
	if err != nil {
		return err
	}
	cmd.Dir, cmd.Env = folder, python.activate(request.Env)

	var turn sync.Mutex // a stream takes one message at a time
	send := func(response *pulumirpc.RunPluginResponse) error {
		turn.Lock()
		defer turn.Unlock()
		return stream.Send(response)
	}
	cmd.Stdout = writer(func(text []byte) error {
		return send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stdout{Stdout: text}})
	})
	cmd.Stderr = writer(func(text []byte) error {
		return send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stderr{Stderr: text}})
	})
	if err := h.children.start(cmd); err != nil {
		return err
	}
	code, err := h.children.wait(cmd)
	if err != nil {
		return err
	}
	return send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: int32(code)}})
}

// Cancel ends what is running; the engine then closes this host.
func (h *host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, h.children.stop()
}

// writer makes an io.Writer of a function.
type writer func([]byte) error

func (write writer) Write(text []byte) (int, error) {
	if err := write(text); err != nil {
		return 0, err
	}
	return len(text), nil
}
