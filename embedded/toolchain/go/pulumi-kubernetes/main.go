// Command pulumi-kubernetes is Pulumi's plugin for Kubernetes, made from its module as it is published there. The
// plugin's own command embeds two files that only its build generates, so this one reads what they are generated from,
// which the toolchain puts beside it.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

func main() {
	schema, mapping, err := files()
	if err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-kubernetes:", err)
		os.Exit(1)
	}
	provider.Serve("kubernetes", version.Version, schema, mapping)
}

// files gives the schema, which tells the version of this build, and the names of Terraform's resources.
func files() (schema, mapping []byte, err error) {
	program, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	if program, err = filepath.EvalSymlinks(program); err != nil {
		return nil, nil, err
	}
	folder := filepath.Dir(program)
	if mapping, err = os.ReadFile(filepath.Join(folder, "terraform-mapping.json")); err != nil {
		return nil, nil, err
	}
	if schema, err = os.ReadFile(filepath.Join(folder, "schema.json")); err != nil {
		return nil, nil, err
	}
	var spec map[string]json.RawMessage
	if err = json.Unmarshal(schema, &spec); err != nil {
		return nil, nil, err
	}
	if spec["version"], err = json.Marshal(version.Version); err != nil {
		return nil, nil, err
	}
	schema, err = json.Marshal(spec)
	return schema, mapping, err
}
