package server

import (
	"encoding/base64"
	"reflect"

	"github.com/reelastic/reelastic/api"
)

// needs collects what a request takes.
type needs []need

// add takes an action on a resource with one name.
func (n *needs) add(action, name string) {
	*n = append(*n, need{action: action, names: []string{name}})
}

// given is add for a member of a request, unless it is null or blank.
func (n *needs) given(action string, name *string) {
	if name != nil && *name != "" {
		n.add(action, *name)
	}
}

// bucket takes an action on all objects of a bucket, unless it is null or blank.
func (n *needs) bucket(action string, name *string) {
	if name != nil && *name != "" {
		*n = append(*n, need{action: action, names: []string{"arn:aws:s3:::" + *name + "/"}, every: true})
	}
}

func (n *needs) outputs(c *api.PipelineOutputConfig) {
	if c != nil {
		n.bucket(putObject, c.Bucket)
	}
}

func (n *needs) topics(t *api.Notifications) {
	if t == nil {
		return
	}
	for _, topic := range []*string{t.Progressing, t.Completed, t.Warning, t.Error} {
		n.given(publish, topic)
	}
}

// reaches takes what a new pipeline reaches.
func (n *needs) reaches(s *Server, in *api.CreatePipelineRequest) {
	n.given(passRole, in.Role)
	n.bucket(getObject, in.InputBucket)
	n.bucket(putObject, in.OutputBucket)
	n.outputs(in.ContentConfig)
	n.outputs(in.ThumbnailConfig)
	n.topics(in.Notifications)
	n.given(makeKey, s.keyName(in.AwsKmsKeyArn))
}

// pipelineNeeds are those of requests that say what a pipeline reaches: its role, and what
// this service does in the role's name. Where nobody else decides about roles, a caller
// could otherwise reach what is another's.
func (s *Server) pipelineNeeds(action string, request any) (n needs) {
	pipeline := func(id *string) {
		if id != nil {
			n.add(action, s.arn("pipeline", *id))
		}
	}
	switch in := request.(type) {
	case *api.CreatePipelineRequest:
		n.add(action, "*")
		n.reaches(s, in)
	case *api.UpdatePipelineRequest:
		pipeline(in.Id)
		n.given(passRole, in.Role)
		n.bucket(getObject, in.InputBucket)
		n.outputs(in.ContentConfig)
		n.outputs(in.ThumbnailConfig)
		n.topics(in.Notifications)
		n.given(makeKey, s.keyName(in.AwsKmsKeyArn))
	case *api.UpdatePipelineNotificationsRequest:
		pipeline(in.Id)
		n.topics(in.Notifications)
	case *api.TestRoleRequest:
		n.add(action, "*")
		n.given(passRole, in.Role)
		n.bucket(getObject, in.InputBucket)
		n.bucket(putObject, in.OutputBucket)
		for _, topic := range in.Topics {
			n.given(publish, &topic)
		}
	default:
		n.add(action, "*")
	}
	return n
}

// jobNeeds are those of a job: its pipeline, its presets, and the keys of the installation
// that opened the keys of its files.
func (s *Server) jobNeeds(action string, in *api.CreateJobRequest) (n needs) {
	if in.PipelineId != nil {
		n.add(action, s.arn("pipeline", *in.PipelineId))
	} else {
		n.add(action, "*")
	}
	if in.Output != nil && in.Output.PresetId != nil {
		n.add(action, s.arn("preset", *in.Output.PresetId))
	}
	for _, o := range in.Outputs {
		if o.PresetId != nil {
			n.add(action, s.arn("preset", *o.PresetId))
		}
	}
	if s.cfg.Keys == nil {
		return n // KMS asks the role
	}
	for _, key := range fileKeys(reflect.ValueOf(in)) {
		ciphertext, err := base64.StdEncoding.DecodeString(key)
		if err != nil {
			continue // it is refused for its form
		}
		if arn, err := s.cfg.Keys.CiphertextARN(ciphertext); err == nil {
			n.add(decrypt, arn)
		}
	}
	return n
}

// keyName is the ARN of a pipeline's key, where the installation knows it by another name.
func (s *Server) keyName(name *string) *string {
	if name == nil || *name == "" || s.cfg.Keys == nil {
		return name
	}
	if arn, err := s.cfg.Keys.KeyARN(*name); err == nil {
		return &arn
	}
	return name
}

// fileKeys finds the encrypted keys of files anywhere in a request: every member Key that
// has a KeyMd5 beside it.
func fileKeys(v reflect.Value) (keys []string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			keys = fileKeys(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			keys = append(keys, fileKeys(v.Index(i))...)
		}
	case reflect.Struct:
		if key := v.FieldByName("Key"); v.FieldByName("KeyMd5").IsValid() && !key.IsNil() {
			keys = append(keys, key.Elem().String())
		}
		for _, field := range v.Fields() {
			keys = append(keys, fileKeys(field)...)
		}
	}
	return keys
}
