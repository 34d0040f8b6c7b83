package server

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

// testRole tries what a pipeline with this role needs: it assumes the role, reads both
// buckets and publishes a test notification to each topic. What fails is told in Messages;
// of a role that can't be assumed nothing else is tried.
func (s *Server) testRole(ctx context.Context, in *api.TestRoleRequest) (*api.TestRoleResponse, error) {
	t := roleTest{s: s, role: *in.Role, messages: []string{}}
	for _, bucket := range slices.Compact([]string{*in.InputBucket, *in.OutputBucket}) {
		t.try(ctx, t.bucket(ctx, bucket), "bucket", bucket)
	}
	for _, topic := range in.Topics {
		t.try(ctx, t.publish(ctx, topic), "topic", topic)
	}
	return &api.TestRoleResponse{Success: new(strconv.FormatBool(len(t.messages) == 0)), Messages: t.messages}, nil
}

// roleTest collects what a role can't do.
type roleTest struct {
	s        *Server
	role     string
	refused  bool // the role can't be assumed
	messages []string
}

// try notes what failed, in the original's words.
func (t *roleTest) try(ctx context.Context, err error, kind, name string) {
	switch {
	case err == nil || t.refused:
		return
	case codeOf(err) == transcode.CodeRoleRefused:
		t.refused = true
		t.messages = append(t.messages,
			fmt.Sprintf("The role %s can not be assumed: %s", t.role, transcode.RoleReason(transcode.AsFailure(err))))
		return
	}
	t.messages = append(t.messages, fmt.Sprintf("The role %s does not have access to the %s: %s", t.role, kind, name))
	t.s.cfg.Log.InfoContext(ctx, "role tested", "role", t.role, kind, name, "err", err)
}

func codeOf(err error) int {
	if f := transcode.AsFailure(err); f != nil {
		return f.Code
	}
	return 0
}

// bucket reads a bucket.
func (t *roleTest) bucket(ctx context.Context, name string) error {
	if t.refused {
		return nil
	}
	readable, err := t.s.buckets.BucketReadable(ctx, t.role, name)
	if err == nil && !readable {
		err = fmt.Errorf("bucket %s does not exist or may not be read", name)
	}
	return err
}

func (t *roleTest) publish(ctx context.Context, topic string) error {
	if t.refused {
		return nil
	}
	return t.s.cfg.Topics.SendTest(ctx, t.role, topic)
}
