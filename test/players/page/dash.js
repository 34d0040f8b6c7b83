await import('/js/dashjs/dist/modern/umd/dash.all.debug.js');
import { BUFFER, patience } from './until.js';
const { dashjs } = globalThis;

// rate is as high as dash.js shows captions reliably: it divides by the rate how
// far ahead, in media time, it lays them out every ten seconds.
export const rate = 1.5;

export async function open(video, url, failed) {
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
	player.setInitialMediaSettingsFor('text', { lang: 'en' });
	player.attachSource(url);
	await patience(loaded, 'no stream');
	const tracks = () => player.getRepresentationsByType('video').toSorted((a, b) => a.height - b.height);
	return {
		renditions: () => tracks().map(({ width, height }) => ({ width, height })),
		select: (n) => player.setRepresentationForTypeById('video', tracks()[n].id, true),
		captions: () => player.getTracksFor('text').map((t) => t.lang),
		caption: (n) => player.setTextTrack(n),
	};
}
