aws --endpoint-url http://127.0.0.1:8080 elastictranscoder read-preset --id 1351620000001-000001 --query Preset.Name --output text
