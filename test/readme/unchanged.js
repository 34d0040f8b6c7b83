const { ElasticTranscoderClient, ListPresetsCommand } = require("@aws-sdk/client-elastic-transcoder");

const client = new ElasticTranscoderClient({ region: "us-east-1" });
client.send(new ListPresetsCommand({})).then((out) => console.log(out.Presets[0].Name));
