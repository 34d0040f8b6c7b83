import { BUFFER } from './until.js';
await import('/js/shaka-player/dist/shaka-player.compiled.debug.js');
const { shaka } = globalThis;

export async function open(video, url, failed, keys) {
	shaka.polyfill.installAll();
	const player = new shaka.Player();
	player.addEventListener('error', ({ detail }) => failed(describe(detail)));
	player.configure({
		abr: { enabled: false },
		drm: { clearKeys: keys },
		streaming: { bufferingGoal: BUFFER, rebufferingGoal: 0.5, failureCallback: (e) => failed(describe(e)) },
	});
	await player.attach(video);
	try {
		await player.load(url);
	} catch (e) {
		throw new Error(describe(e));
	}
	const tracks = () => player.getVideoTracks().toSorted((a, b) => a.height - b.height);
	return {
		renditions: () => tracks().map(({ width, height }) => ({ width, height })),
		select: (n) => player.selectVideoTrack(tracks()[n], true),
		captions: () => player.getTextTracks().map((t) => t.language),
		caption: (n) => player.selectTextTrack(player.getTextTracks()[n]),
	};
}

// describe names an error; one of another kind is told with its place.
function describe(e) {
	const { Code } = shaka.util.Error;
	const name = Object.keys(Code).find((k) => Code[k] === e.code);
	return name ? `shaka ${name} (${e.code}): ${JSON.stringify(e.data)}` : String(e.stack ?? e);
}
