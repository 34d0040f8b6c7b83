from configparser import ConfigParser

from boto.elastictranscoder.layer1 import ElasticTranscoderConnection
from boto.regioninfo import RegionInfo

credentials = ConfigParser()
credentials.read("data/credentials")  # boto2 looks in ~/.aws only
client = ElasticTranscoderConnection(
    aws_access_key_id=credentials["default"]["aws_access_key_id"],
    aws_secret_access_key=credentials["default"]["aws_secret_access_key"],
    region=RegionInfo(name="us-east-1", endpoint="127.0.0.1"),
    port=8080,
    is_secure=False,
)
print(client.list_presets()["Presets"][0]["Name"])
