package server

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/reelastic/reelastic/api"
)

// testRole tries what a pipeline with this role would need. The local store
// knows no roles, so it answers whether the buckets exist; of topics only the
// form is checked, by the API model.
func (s *Server) testRole(ctx context.Context, in *api.TestRoleRequest) (*api.TestRoleResponse, error) {
	messages := []string{}
	for _, bucket := range slices.Compact([]string{*in.InputBucket, *in.OutputBucket}) {
		exists, err := s.buckets.BucketExists(ctx, bucket)
		if err != nil {
			return nil, err
		}
		if !exists {
			messages = append(messages, fmt.Sprintf("The role %s does not have access to the bucket: %s", *in.Role, bucket))
		}
	}
	return &api.TestRoleResponse{Success: new(strconv.FormatBool(len(messages) == 0)), Messages: messages}, nil
}
