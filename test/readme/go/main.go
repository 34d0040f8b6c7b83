package main

import (
	"context"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/elastictranscoder"
)

func main() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		log.Fatal(err)
	}
	client := elastictranscoder.NewFromConfig(cfg, func(o *elastictranscoder.Options) {
		o.BaseEndpoint = aws.String("http://127.0.0.1:8080")
	})
	out, err := client.ListPresets(ctx, &elastictranscoder.ListPresetsInput{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(*out.Presets[0].Name)
}
