package manifests

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const deploy = "../../../deploy"

// Files of components that were not to be had are read at least, with no key twice.
func TestEveryFileIsYamlOrJsonWithoutAKeyTwice(t *testing.T) {
	count := 0
	err := filepath.WalkDir(deploy, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		switch filepath.Ext(path) {
		case ".json":
			if !json.Valid(text) {
				t.Errorf("%s is no JSON", path)
			}
		case ".yaml":
			for _, document := range strings.Split(string(text), "\n---\n") {
				var read any
				if err := yaml.UnmarshalStrict([]byte(document), &read); err != nil || read == nil {
					t.Errorf("%s: %v", path, err)
				}
			}
		default:
			return nil
		}
		count++
		return nil
	})
	if err != nil || count < 50 {
		t.Errorf("%d files, %v", count, err)
	}
}

// Grafana's data sources name each other by uid, and the dashboards' links do, too.
func TestDataSourcesNameEachOther(t *testing.T) {
	text, err := os.ReadFile(deploy + "/grafana/provisioning/datasources/otelier.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var read map[string]any
	if err := yaml.UnmarshalStrict(text, &read); err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, source := range read["datasources"].([]any) {
		there[source.(map[string]any)["uid"].(string)] = true
	}
	named := 0
	var look func(value any)
	look = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			if uid, is := value["datasourceUid"].(string); is {
				named++
				if !there[uid] {
					t.Errorf("there is no %s", uid)
				}
			}
			for _, inner := range value {
				look(inner)
			}
		case []any:
			for _, inner := range value {
				look(inner)
			}
		case string:
			// Grafana expands variables in these files: what it is to keep is doubled.
			if strings.Contains(strings.ReplaceAll(value, "$$", ""), "$") {
				t.Errorf("%s would be expanded", value)
			}
		}
	}
	look(read)
	if named < 5 {
		t.Errorf("%d links", named)
	}
}
