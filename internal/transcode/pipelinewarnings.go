package transcode

import (
	"strings"

	"github.com/reelastic/reelastic/api"
)

// Warnings lists the topics and the key of a pipeline that lie in another
// region than the pipeline itself, in the original's texts (behaviour 2.6);
// the list is never nil. Buckets are taken to be in the pipeline's region.
func Warnings(p *api.Pipeline, region string) []api.Warning {
	list := []api.Warning{}
	if n := p.Notifications; n != nil {
		for _, t := range []struct {
			code, event string
			topic       *string
		}{
			{"6003", "Progressing", n.Progressing},
			{"6004", "Warning", n.Warning},
			{"6005", "Completion", n.Completed},
			{"6006", "Error", n.Error},
		} {
			if elsewhere(t.topic, region) {
				list = append(list, topicWarning(t.code, t.event))
			}
		}
	}
	if elsewhere(p.AwsKmsKeyArn, region) {
		list = append(list, keyWarning("6007", "ContentConfig"), keyWarning("6008", "ThumbnailConfig"))
	}
	return list
}

// elsewhere tells an ARN of another region; what is not an ARN has none.
func elsewhere(arn *string, region string) bool {
	fields := strings.SplitN(text(arn), ":", 6)
	return len(fields) == 6 && fields[0] == "arn" && fields[3] != "" && fields[3] != region
}

func topicWarning(code, event string) api.Warning {
	return api.Warning{Code: new(code), Message: new("The SNS notification topic for " + event +
		" events and the pipeline are in different regions, which increases processing time for jobs in the pipeline and can incur additional charges." +
		" To decrease processing time and prevent cross-regional charges, use the same region for the SNS notification topic and the pipeline.")}
}

func keyWarning(code, config string) api.Warning {
	return api.Warning{Code: new(code), Message: new("The AWS KMS key and " + config +
		" bucket specified for this pipeline are in different regions, which causes outputs using s3-aws-kms encryption mode to fail." +
		" To use s3-aws-kms encryption mode, use the same region for the KMS key and the " + config + " bucket.")}
}
