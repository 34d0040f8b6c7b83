await import('/js/dashjs/dist/modern/umd/dash.all.debug.js');
await import('/js/dashjs/dist/modern/umd/dash.mss.debug.js'); // Smooth
import { BUFFER, patience } from './until.js';
const { dashjs } = globalThis;

// rate is as high as dash.js shows captions reliably: it divides by the rate how
// far ahead, in media time, it lays them out every ten seconds.
export const rate = 1.5;

// clearKey is what a service that hands out keys by ClearKey has in its manifests
// (DASH-IF IOP 4.1, 7.6.2.4). dash.js looks at these before it asks for a key.
const clearKey = '<ContentProtection schemeIdUri="urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e" value="ClearKey1.0"/>';

export async function open(video, url, failed, keys) {
	const player = dashjs.MediaPlayer().create();
	player.updateSettings({
		debug: { logLevel: dashjs.Debug.LOG_LEVEL_ERROR },
		streaming: {
			buffer: { bufferTimeDefault: BUFFER, bufferTimeAtTopQuality: BUFFER, bufferTimeAtTopQualityLongForm: BUFFER },
			abr: { autoSwitchBitrate: { video: false, audio: false } },
			text: { defaultEnabled: true },
		},
	});
	const { events } = dashjs.MediaPlayer;
	player.on(events.ERROR, ({ error }) => failed(`dash.js ${error.code}: ${error.message ?? error}`));
	player.on(events.PLAYBACK_ERROR, ({ error }) => failed(`dash.js playback: ${error?.message ?? error}`));
	const loaded = new Promise((resolve) => player.on(events.STREAM_INITIALIZED, resolve));
	player.initialize(video, null, false);
	const shown = document.querySelector('#captions');
	player.attachTTMLRenderingDiv(shown);
	if (Object.keys(keys).length > 0) {
		player.addResponseInterceptor(async (response) => {
			if (response.request.url === url) response.data = response.data.replaceAll('<ContentProtection schemeIdUri="urn:uuid:', `${clearKey}$&`);
			return response;
		});
		const clearkeys = Object.fromEntries(Object.entries(keys).map((pair) => pair.map(base64)));
		player.setProtectionData({ 'org.w3.clearkey': { clearkeys } });
	}
	player.setInitialMediaSettingsFor('text', { lang: 'en' });
	player.attachSource(url);
	await patience(loaded, 'no stream');
	const tracks = () => player.getRepresentationsByType('video').toSorted((a, b) => a.height - b.height);
	return {
		renditions: () => tracks().map(({ width, height }) => ({ width, height })),
		select: (n) => player.setRepresentationForTypeById('video', tracks()[n].id, true),
		captions: () => player.getTracksFor('text').map((t) => t.lang),
		text: (cue) => cue.text || shown.innerText.trim(), // DFXP is shown beside the picture
		caption: (n) => player.setTextTrack(n),
	};
}

// base64 are bytes, in hexadecimal digits, as ClearKey has them.
function base64(digits) {
	const bytes = digits.match(/../g).map((byte) => String.fromCharCode(parseInt(byte, 16)));
	return btoa(bytes.join('')).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
