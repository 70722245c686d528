package manifests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

const k8s = "../../../deploy/k8s"

// build makes the objects of a folder, decoded so that a key that is unknown or there twice is an error.
func build(t *testing.T, folder string) []runtime.Object {
	t.Helper()
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		t.Fatalf("%s: %v", folder, err)
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, autoscalingv2.AddToScheme, corev1.AddToScheme,
		networkingv1.AddToScheme, policyv1.AddToScheme, rbacv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	strict := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, json.SerializerOptions{Yaml: true, Strict: true})
	objects := []runtime.Object{}
	for _, resource := range made.Resources() {
		text, err := resource.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		object, _, err := strict.Decode(text, nil, nil)
		if err != nil {
			t.Fatalf("%s: %v\n%s", folder, err, text)
		}
		objects = append(objects, object)
	}
	return objects
}

// withAttributes is the daemonset and the component that a user would add.
func withAttributes(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp(k8s, "test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	text := "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../daemonset]\ncomponents: [../attributes]\n"
	if err := os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return folder
}

func podSpecs(objects []runtime.Object) map[string]corev1.PodTemplateSpec {
	specs := map[string]corev1.PodTemplateSpec{}
	for _, object := range objects {
		switch object := object.(type) {
		case *appsv1.Deployment:
			specs[object.Name] = object.Spec.Template
		case *appsv1.DaemonSet:
			specs[object.Name] = object.Spec.Template
		}
	}
	return specs
}

func TestEveryBaseBuildsAndItsPodsAreLocked(t *testing.T) {
	for _, folder := range []string{k8s + "/gateway", k8s + "/daemonset", k8s + "/sidecar", withAttributes(t)} {
		specs := podSpecs(build(t, folder))
		if len(specs) != 1 {
			t.Errorf("%s: %d kinds of pods", folder, len(specs))
		}
		for name, template := range specs {
			spec := template.Spec
			if !*spec.SecurityContext.RunAsNonRoot || spec.SecurityContext.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
				t.Errorf("%s: %s may be root", folder, name)
			}
			for _, container := range append(spec.InitContainers, spec.Containers...) {
				locked := container.SecurityContext
				if *locked.AllowPrivilegeEscalation || !*locked.ReadOnlyRootFilesystem || locked.Capabilities.Drop[0] != "ALL" {
					t.Errorf("%s: %s is not locked", folder, container.Name)
				}
				if container.Resources.Limits.Memory().IsZero() || container.Resources.Requests.Cpu().IsZero() {
					t.Errorf("%s: %s has no limits", folder, container.Name)
				}
				if container.Name == "collector" {
					collector(t, folder, container)
				}
			}
		}
	}
}

// collector checks that Go's limit, the limiter's and the container's fit into each other.
func collector(t *testing.T, folder string, container corev1.Container) {
	t.Helper()
	variables := map[string]string{}
	for _, variable := range container.Env {
		variables[variable.Name] = variable.Value
	}
	mib := func(name string) int64 {
		var number int64
		for _, digit := range strings.TrimSuffix(variables[name], "MiB") {
			number = number*10 + int64(digit-'0')
		}
		return number
	}
	limit := container.Resources.Limits.Memory().Value() >> 20
	if soft, hard := mib("GOMEMLIMIT"), mib("OTELCOL_MEMORY_MIB"); soft*10 != hard*8 || hard*10 > limit*8 {
		t.Errorf("%s: GOMEMLIMIT %d, limiter %d, container %d", folder, soft, hard, limit)
	}
	if container.StartupProbe == nil || container.LivenessProbe == nil {
		t.Errorf("%s: no probes", folder)
	}
	for i, argument := range container.Args {
		if argument != "--backend" && argument != "--overlay" {
			continue
		}
		kind := map[string]string{"--backend": "production", "--overlay": "overlays"}[argument]
		if _, err := os.Stat(filepath.Join("../../../deploy/collector", kind, container.Args[i+1]+".yaml")); err != nil {
			t.Errorf("%s: %v", folder, err)
		}
	}
}

func TestTheSidecarIsOneAndSharesItsSocketWithTheService(t *testing.T) {
	template := podSpecs(build(t, k8s+"/sidecar"))["api"]
	sidecar, service := template.Spec.InitContainers[0], template.Spec.Containers[0]
	if *sidecar.RestartPolicy != corev1.ContainerRestartPolicyAlways {
		t.Error("it ends before the service")
	}
	values := func(container corev1.Container) map[string]string {
		values := map[string]string{}
		for _, variable := range container.Env {
			values[variable.Name] = variable.Value
			if variable.ValueFrom != nil {
				values[variable.Name] = variable.ValueFrom.FieldRef.FieldPath
			}
		}
		return values
	}
	socket := values(sidecar)["OTELCOL_SOCKET"]
	if values(service)["OTEL_EXPORTER_OTLP_ENDPOINT"] != "unix:"+socket {
		t.Errorf("%s is not where the service sends to", socket)
	}
	for _, container := range []corev1.Container{sidecar, service} {
		mounted := false
		for _, mount := range container.VolumeMounts {
			mounted = mounted || mount.Name == "otel" && filepath.Dir(socket) == mount.MountPath
		}
		if !mounted {
			t.Errorf("%s does not see the socket", container.Name)
		}
	}
	for name, path := range map[string]string{
		"K8S_POD_NAME": "metadata.name", "K8S_POD_UID": "metadata.uid",
		"K8S_NAMESPACE_NAME": "metadata.namespace", "K8S_NODE_NAME": "spec.nodeName",
	} {
		if values(service)[name] != path {
			t.Errorf("%s is %q", name, values(service)[name])
		}
	}
	// otelier reads these, by its own table.
	table, err := os.ReadFile("../../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range values(service) {
		if !strings.Contains(string(table), "`"+name+"`") {
			t.Errorf("otelier does not read %s", name)
		}
	}
}

func TestGatewaysAreReachedByAgentsAloneAndNeverAllGone(t *testing.T) {
	var policy *networkingv1.NetworkPolicy
	var budget *policyv1.PodDisruptionBudget
	var scaler *autoscalingv2.HorizontalPodAutoscaler
	services := map[string]*corev1.Service{}
	for _, object := range build(t, k8s+"/gateway") {
		switch object := object.(type) {
		case *networkingv1.NetworkPolicy:
			policy = object
		case *policyv1.PodDisruptionBudget:
			budget = object
		case *autoscalingv2.HorizontalPodAutoscaler:
			scaler = object
		case *corev1.Service:
			services[object.Name] = object
		}
	}
	if services["gateway-each"].Spec.ClusterIP != corev1.ClusterIPNone {
		t.Error("balancers cannot see each gateway")
	}
	if *scaler.Spec.MinReplicas < 2 || budget.Spec.MaxUnavailable.IntValue() != 1 {
		t.Error("all may be gone at once")
	}
	label := "otelier/agent"
	if policy.Spec.Ingress[0].From[0].PodSelector.MatchLabels[label] != "true" {
		t.Error("anybody reaches the gateways")
	}
	for folder, name := range map[string]string{"daemonset": "agent", "sidecar": "api"} {
		template := podSpecs(build(t, k8s+"/"+folder))[name]
		if template.Labels[label] != "true" {
			t.Errorf("the gateways' policy keeps %s out", folder)
		}
		containers := append(template.Spec.InitContainers, template.Spec.Containers...)
		for _, variable := range containers[0].Env {
			if variable.Name == "GATEWAY_RESOLVER" && !strings.Contains(variable.Value, "gateway-each.telemetry.svc") {
				t.Errorf("%s balances over %s", folder, variable.Value)
			}
		}
	}
}

func TestAttributesOfPodsComeWithTheRightsForThem(t *testing.T) {
	objects := build(t, withAttributes(t))
	template := podSpecs(objects)["agent"]
	if template.Spec.ServiceAccountName != "agent" || !*template.Spec.AutomountServiceAccountToken {
		t.Error("the agent has no account")
	}
	read := false
	for _, object := range objects {
		if role, is := object.(*rbacv1.ClusterRole); is {
			read = true
			for _, rule := range role.Rules {
				for _, verb := range rule.Verbs {
					if verb != "get" && verb != "list" && verb != "watch" {
						t.Errorf("it may %s", verb)
					}
				}
			}
		}
	}
	if !read {
		t.Error("there is no role")
	}
}
