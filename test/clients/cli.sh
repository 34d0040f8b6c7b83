aws --endpoint-url http://127.0.0.1:8080 elastictranscoder list-presets --query 'Presets[0].Name' --output text
