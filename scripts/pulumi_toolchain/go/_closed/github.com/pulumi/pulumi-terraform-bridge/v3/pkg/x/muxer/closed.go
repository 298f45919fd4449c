package muxer

import (
	"errors"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// DispatchTable is empty where a plugin is one provider, as ours is.
type DispatchTable struct{ dispatchTable }

type dispatchTable struct {
	Resources     map[string]int `json:"resources"`
	Functions     map[string]int `json:"functions"`
	ListResources map[string]int `json:"listResources,omitempty"`
}

func (table dispatchTable) isEmpty() bool {
	return table.Resources == nil && table.Functions == nil && table.ListResources == nil
}

// MergeSchemasAndComputeDispatchTable refuses: upstream's does not fit the engine that this module is aligned with.
func MergeSchemasAndComputeDispatchTable([]schema.PackageSpec) (DispatchTable, schema.PackageSpec, error) {
	return DispatchTable{}, schema.PackageSpec{}, errors.New("this plugin is one provider, there is nothing to merge")
}
