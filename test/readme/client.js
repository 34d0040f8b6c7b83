const { ElasticTranscoderClient, ListPresetsCommand } = require("@aws-sdk/client-elastic-transcoder");

const client = new ElasticTranscoderClient({ endpoint: "http://127.0.0.1:8080", region: "us-east-1" });
client.send(new ListPresetsCommand({})).then((out) => console.log(out.Presets[0].Name));
