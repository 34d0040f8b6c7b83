package transcode

import (
	"cmp"
	"strings"

	"github.com/reelastic/reelastic/api"
)

// Warnings lists the buckets, topics and the key of a pipeline that lie in another
// region than they should, in the original's texts (original.md 2.6); the list is never
// nil. BucketRegion gives the region of a bucket, "" where that is not known: it is
// then taken to be the pipeline's.
func Warnings(p *api.Pipeline, region string, bucketRegion func(bucket string) string) []api.Warning {
	list := []api.Warning{}
	content, thumbnails := "", ""
	if p.ContentConfig != nil {
		content = text(p.ContentConfig.Bucket)
	}
	if p.ThumbnailConfig != nil {
		thumbnails = text(p.ThumbnailConfig.Bucket)
	}
	regions := map[string]string{} // of the buckets, each asked for once
	for _, b := range []struct{ code, what, bucket string }{
		{"6000", "input", text(p.InputBucket)},
		{"6001", "ContentConfig", content},
		{"6002", "ThumbnailConfig", thumbnails},
	} {
		if regions[b.bucket] == "" && b.bucket != "" {
			regions[b.bucket] = cmp.Or(bucketRegion(b.bucket), region)
		}
		if b.bucket != "" && regions[b.bucket] != region {
			list = append(list, regionWarning(b.code, b.what+" bucket", ""))
		}
	}
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
				list = append(list, regionWarning(t.code, "SNS notification topic", " for "+t.event+" events"))
			}
		}
	}
	for _, k := range []struct{ code, config, bucket string }{
		{"6007", "ContentConfig", content},
		{"6008", "ThumbnailConfig", thumbnails},
	} {
		if elsewhere(p.AwsKmsKeyArn, cmp.Or(regions[k.bucket], region)) {
			list = append(list, keyWarning(k.code, k.config))
		}
	}
	return list
}

// elsewhere reports whether an ARN is of another region; what is not an ARN has none.
func elsewhere(arn *string, region string) bool {
	fields := strings.SplitN(text(arn), ":", 6)
	return len(fields) == 6 && fields[0] == "arn" && fields[3] != "" && fields[3] != region
}

// regionWarning is about a resource, which may be in use for something only.
func regionWarning(code, what, use string) api.Warning {
	return api.Warning{Code: new(code), Message: new("The " + what + use +
		" and the pipeline are in different regions, which increases processing time for jobs in the pipeline and " +
		"can incur additional charges." +
		" To decrease processing time and prevent cross-regional charges, use the same region for the " + what +
		" and the pipeline.")}
}

func keyWarning(code, config string) api.Warning {
	return api.Warning{Code: new(code), Message: new("The AWS KMS key and " + config +
		" bucket specified for this pipeline are in different regions, which causes outputs using s3-aws-kms " +
		"encryption mode to fail." +
		" To use s3-aws-kms encryption mode, use the same region for the KMS key and the " + config + " bucket.")}
}
