// Reads the playlists of HLS whose paths it is given as a JSON list on its input, in
// the parser's strict mode, and prints what it refuses as a list of texts.
import {readFileSync} from 'node:fs';
import HLS from 'hls-parser';

HLS.setOptions({strictMode: true});

const refused = [];
for (const file of JSON.parse(readFileSync(0, 'utf8'))) {
	try {
		const playlist = HLS.parse(readFileSync(file, 'utf8'));
		const count = playlist.isMasterPlaylist ? playlist.variants.length : playlist.segments.length;
		if (count === 0) {
			refused.push(`${file}: it names nothing`);
		}
	} catch (error) {
		refused.push(`${file}: ${error.message}`);
	}
}
console.log(JSON.stringify(refused));
