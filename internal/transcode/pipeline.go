package transcode

import (
	"cmp"
	"regexp"
	"slices"
	"sync"

	"github.com/reelastic/reelastic/api"
)

// rolePattern is the API model's pattern of a role; it must cover the whole value.
var rolePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\Aarn:aws:iam::\w{12}:role/.+\z`)
})

func checkRole(role *string) error {
	if text(role) == "" {
		return invalidf("Role cannot be blank")
	}
	if !rolePattern().MatchString(*role) {
		return invalidf("Role ARN is invalid: %s", *role)
	}
	return nil
}

// NewPipeline makes an Active pipeline from a request that has passed [Check].
// An OutputBucket is copied into both configs, and shown where both configs say what
// it would, as by the original (behaviour 2.2); Notifications always has all four
// topics, "" for none.
func NewPipeline(req *api.CreatePipelineRequest, id, region, account string) (*api.Pipeline, error) {
	if err := checkRole(req.Role); err != nil {
		return nil, err
	}
	if err := checkPlaces(req); err != nil {
		return nil, err
	}
	p := &api.Pipeline{
		Id: new(id), Arn: new(ARN(region, account, "pipeline", id)), Name: req.Name, Status: new("Active"),
		InputBucket: req.InputBucket, Role: req.Role,
		Notifications: &api.Notifications{Progressing: new(""), Completed: new(""), Warning: new(""), Error: new("")},
	}
	if text(req.AwsKmsKeyArn) != "" {
		p.AwsKmsKeyArn = req.AwsKmsKeyArn
	}
	if req.Notifications != nil {
		mergeTopics(p.Notifications, req.Notifications)
	}
	content, thumbnails := req.ContentConfig, req.ThumbnailConfig
	if req.OutputBucket != nil {
		content = &api.PipelineOutputConfig{Bucket: req.OutputBucket}
		thumbnails = &api.PipelineOutputConfig{Bucket: new(*req.OutputBucket)}
	}
	setConfigs(p, shownConfig(content), shownConfig(thumbnails))
	return p, nil
}

// setConfigs sets both configs, and with them OutputBucket: the bucket when both say the
// same, so that the one name stands for all, else null.
func setConfigs(p *api.Pipeline, content, thumbnails *api.PipelineOutputConfig) {
	p.ContentConfig, p.ThumbnailConfig, p.OutputBucket = content, thumbnails, nil
	if *content.Bucket == *thumbnails.Bucket && storageClass(content) == storageClass(thumbnails) &&
		slices.Equal(rights(content), rights(thumbnails)) {
		p.OutputBucket = new(*content.Bucket)
	}
}

// storageClass is a config's, or that of objects which are given none.
func storageClass(c *api.PipelineOutputConfig) string {
	return cmp.Or(text(c.StorageClass), "Standard")
}

// rights are all that a config grants, each once, in one order whatever the request's.
func rights(c *api.PipelineOutputConfig) (all []string) {
	for _, g := range StorageOf(c).Grants {
		for _, access := range g.Access {
			all = append(all, g.Type+" "+g.Grantee+" "+access)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// checkPlaces checks where results shall go (behaviour 2.2). The brackets are
// part of the original's texts.
func checkPlaces(req *api.CreatePipelineRequest) error {
	switch {
	case req.OutputBucket != nil && req.ContentConfig != nil:
		return invalidf("[OutputBucket and ContentConfig are mutually exclusive.]")
	case req.OutputBucket != nil && req.ThumbnailConfig != nil:
		return invalidf("[OutputBucket and ThumbnailConfig are mutually exclusive.]")
	case req.OutputBucket != nil:
		return nil
	case req.ContentConfig == nil || req.ContentConfig.Bucket == nil:
		return invalidf("[OutputBucket and ContentConfig:Bucket are not allowed to both be null.]")
	case req.ThumbnailConfig == nil || req.ThumbnailConfig.Bucket == nil:
		return invalidf("[ThumbnailConfig:Bucket is not allowed to be null if ContentConfig is specified.]")
	}
	if err := checkGrants("ContentConfig", req.ContentConfig.Permissions); err != nil {
		return err
	}
	return checkGrants("ThumbnailConfig", req.ThumbnailConfig.Permissions)
}

// checkGrants checks what the model says of grants in words only.
func checkGrants(config string, grants []api.Permission) error {
	member := config + ":Permissions:"
	for _, g := range grants {
		switch {
		case g.GranteeType == nil:
			return missing(member + "GranteeType")
		case g.Grantee == nil:
			return missing(member + "Grantee")
		case *g.GranteeType == "Group" && !slices.Contains([]string{"AllUsers", "AuthenticatedUsers", "LogDelivery"},
			*g.Grantee):
			return invalid(member+"Grantee", *g.Grantee, "a Group is AllUsers, AuthenticatedUsers or LogDelivery")
		}
	}
	return nil
}

// shownConfig is a config as it is read back: without grants its list is [].
func shownConfig(c *api.PipelineOutputConfig) *api.PipelineOutputConfig {
	shown := *c
	if shown.Permissions == nil {
		shown.Permissions = []api.Permission{}
	}
	return &shown
}

// UpdatePipeline changes a pipeline as a request asks that has passed [Check]:
// a null member leaves the value alone, "" removes a string, [] empties a
// list, also inside Notifications and the configs (behaviour 2.3). OutputBucket
// follows the configs. On an error p is unchanged.
func UpdatePipeline(p *api.Pipeline, req *api.UpdatePipelineRequest) error {
	if req.Role != nil {
		if err := checkRole(req.Role); err != nil {
			return err
		}
	}
	content, err := mergeConfig("ContentConfig", p.ContentConfig, req.ContentConfig)
	if err != nil {
		return err
	}
	thumbnails, err := mergeConfig("ThumbnailConfig", p.ThumbnailConfig, req.ThumbnailConfig)
	if err != nil {
		return err
	}
	setConfigs(p, content, thumbnails)
	setIfGiven(&p.Name, req.Name)
	setIfGiven(&p.InputBucket, req.InputBucket)
	setIfGiven(&p.Role, req.Role)
	if setIfGiven(&p.AwsKmsKeyArn, req.AwsKmsKeyArn); text(p.AwsKmsKeyArn) == "" {
		p.AwsKmsKeyArn = nil
	}
	if req.Notifications != nil {
		mergeTopics(p.Notifications, req.Notifications)
	}
	return nil
}

func mergeConfig(name string, old, change *api.PipelineOutputConfig) (*api.PipelineOutputConfig, error) {
	merged := *old
	if change == nil {
		return &merged, nil
	}
	if err := checkGrants(name, change.Permissions); err != nil {
		return nil, err
	}
	setIfGiven(&merged.Bucket, change.Bucket)
	setIfGiven(&merged.StorageClass, change.StorageClass)
	if change.Permissions != nil {
		merged.Permissions = change.Permissions
	}
	return &merged, nil
}

// UpdateNotifications changes the topics that are given; "" removes one.
func UpdateNotifications(p *api.Pipeline, req *api.UpdatePipelineNotificationsRequest) {
	mergeTopics(p.Notifications, req.Notifications)
}

// SetStatus makes a pipeline "Active" or "Paused". Repeating it changes nothing.
func SetStatus(p *api.Pipeline, status string) { p.Status = new(status) }

func mergeTopics(topics, change *api.Notifications) {
	setIfGiven(&topics.Progressing, change.Progressing)
	setIfGiven(&topics.Completed, change.Completed)
	setIfGiven(&topics.Warning, change.Warning)
	setIfGiven(&topics.Error, change.Error)
}

func setIfGiven(member **string, value *string) {
	if value != nil {
		*member = value
	}
}

// text is the value of a member, "" when it is null.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
