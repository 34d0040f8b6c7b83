// Package migrate reads pipelines and presets from what other tools keep of them, and writes
// them for these tools: answers of the API as the AWS command line prints them, plain
// documents, states and configurations of Terraform, custom resources of CloudFormation; and
// it makes presets of templates and presets of MediaConvert. It reads texts, never files.
package migrate
