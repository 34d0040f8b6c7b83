import boto3

client = boto3.client("elastictranscoder", endpoint_url="http://127.0.0.1:8080", region_name="us-east-1")
print(client.list_presets()["Presets"][0]["Name"])
