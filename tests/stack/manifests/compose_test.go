// Package manifests reads what deploy has for Compose and Kubernetes, as those would.
package manifests

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

const compose = "../../../deploy/compose"

// stacks has what each file needs, besides which it must load without anything.
var stacks = map[string][]string{
	"app":        {"POSTGRES_PASSWORD"},
	"grafana":    {"POSTGRES_PASSWORD", "GRAFANA_PASSWORD"},
	"open":       {"POSTGRES_PASSWORD"},
	"clickhouse": {"POSTGRES_PASSWORD", "CLICKHOUSE_PASSWORD"},
	"signoz":     {"POSTGRES_PASSWORD", "SIGNOZ_ENDPOINT", "SIGNOZ_INGESTION_KEY"},
	"datadog":    {"POSTGRES_PASSWORD", "DD_API_KEY"},
}

func load(t *testing.T, name string, variables ...string) (*types.Project, error) {
	t.Helper()
	environment := []string{}
	for _, variable := range variables {
		environment = append(environment, variable+"=value-of-"+variable)
	}
	options, err := cli.NewProjectOptions(
		[]string{filepath.Join(compose, name+".yaml")},
		cli.WithEnv(environment),
		cli.WithResolvedPaths(true),
	)
	if err != nil {
		t.Fatal(err)
	}
	return options.LoadProject(context.Background())
}

func TestEveryComposeFileIsKnownHere(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(compose, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if name == "casting" {
			continue // SigNoz's own tool reads it.
		}
		if _, known := stacks[name]; !known {
			t.Errorf("%s is tested by nobody", file)
		}
		found++
	}
	if found != len(stacks) {
		t.Errorf("%d files, not %d", found, len(stacks))
	}
}

func TestAStackLoadsWithItsVariablesAndFailsWithoutEachOfThem(t *testing.T) {
	example, err := os.ReadFile(filepath.Join(compose, ".env.example"))
	if err != nil {
		t.Fatal(err)
	}
	for name, required := range stacks {
		project, err := load(t, name, required...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(project.Services) < 3 {
			t.Errorf("%s has %d services", name, len(project.Services))
		}
		for _, variable := range required {
			others := slices.DeleteFunc(slices.Clone(required), func(other string) bool { return other == variable })
			_, err := load(t, name, others...)
			if err == nil || !strings.Contains(err.Error(), variable) || !strings.Contains(err.Error(), ".env.example") {
				t.Errorf("%s without %s: %v", name, variable, err)
			}
			if !strings.Contains(string(example), "\n"+variable+"=") {
				t.Errorf(".env.example does not name %s", variable)
			}
		}
	}
}

func TestPortsAreOfThisMachineAndImagesAreOfARelease(t *testing.T) {
	for name, required := range stacks {
		project, err := load(t, name, required...)
		if err != nil {
			t.Fatal(err)
		}
		for _, service := range project.Services {
			for _, port := range service.Ports {
				if port.HostIP != "127.0.0.1" {
					t.Errorf("%s: %s is open to %q", name, service.Name, port.HostIP)
				}
			}
			if service.Build == nil && (!strings.Contains(service.Image, ":") || strings.HasSuffix(service.Image, ":latest")) {
				t.Errorf("%s: %s is of no release: %s", name, service.Name, service.Image)
			}
			if service.Build != nil {
				dockerfile := filepath.Join(service.Build.Context, service.Build.Dockerfile)
				text, err := os.ReadFile(dockerfile)
				if err != nil || !strings.Contains(string(text), " AS "+service.Build.Target+"\n") {
					t.Errorf("%s: %s: no target %s in %s: %v", name, service.Name, service.Build.Target, dockerfile, err)
				}
			}
			for _, volume := range service.Volumes {
				if volume.Type != types.VolumeTypeBind {
					continue
				}
				if _, err := os.Stat(volume.Source); err != nil {
					t.Errorf("%s: %s mounts %v", name, service.Name, err)
				}
			}
		}
	}
}

func TestApiAndWorkerAreTwoNamesAndSendToWhatIsThere(t *testing.T) {
	endpoint := regexp.MustCompile(`^http://([a-z]+):4317$`)
	for name, required := range stacks {
		project, err := load(t, name, required...)
		if err != nil {
			t.Fatal(err)
		}
		for _, service := range []string{"api", "worker"} {
			environment := project.Services[service].Environment
			if got := environment["OTEL_SERVICE_NAME"]; got == nil || *got != service {
				t.Errorf("%s: %s is called %v", name, service, got)
			}
			if got := environment["DATABASE_URL"]; got == nil || !strings.Contains(*got, "value-of-POSTGRES_PASSWORD@database") {
				t.Errorf("%s: %s has the database %v", name, service, got)
			}
			if name == "app" {
				continue
			}
			host := endpoint.FindStringSubmatch(*environment["OTEL_EXPORTER_OTLP_ENDPOINT"])
			if host == nil {
				t.Errorf("%s: %s sends to %s", name, service, *environment["OTEL_EXPORTER_OTLP_ENDPOINT"])
				continue
			}
			if _, there := project.Services[host[1]]; !there {
				t.Errorf("%s: there is no %s", name, host[1])
			}
		}
	}
}

// What a Collector's command chooses is there, and has what it needs.
func TestACollectorInComposeHasItsFileAndTheVariablesOfIt(t *testing.T) {
	variable := regexp.MustCompile(`\$\{env:([A-Z_0-9]+)\}`)
	for name, required := range stacks {
		project, err := load(t, name, required...)
		if err != nil {
			t.Fatal(err)
		}
		collector, there := project.Services["collector"]
		if !there {
			continue
		}
		mode, backend := "development", ""
		for i, argument := range collector.Command {
			switch argument {
			case "--production":
				mode = "production"
			case "--backend":
				backend = collector.Command[i+1]
			}
		}
		text, err := os.ReadFile(filepath.Join("../../../deploy/collector", mode, backend+".yaml"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, found := range variable.FindAllStringSubmatch(string(text), -1) {
			if _, set := collector.Environment[found[1]]; !set {
				t.Errorf("%s: %s needs %s", name, backend, found[1])
			}
		}
	}
}
