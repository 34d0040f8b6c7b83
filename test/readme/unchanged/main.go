package main

import (
	"context"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/elastictranscoder"
)

func main() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		log.Fatal(err)
	}
	out, err := elastictranscoder.NewFromConfig(cfg).ListPresets(ctx, &elastictranscoder.ListPresetsInput{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(*out.Presets[0].Name)
}
