aws elastictranscoder list-pipelines > pipelines.json
aws elastictranscoder list-presets > presets.json
reelastic import --dry-run pipelines.json presets.json
reelastic import pipelines.json presets.json
