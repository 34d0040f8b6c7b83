import Hls from '/js/hls.js/dist/hls.mjs';
import { BUFFER, patience } from './until.js';

export async function open(video, url, failed) {
	const hls = new Hls({ maxBufferLength: BUFFER, maxMaxBufferLength: BUFFER, startLevel: 0 });
	hls.on(Hls.Events.ERROR, (_, e) => {
		const where = e.frag ? ` (${e.frag.type} segment ${e.frag.sn} of ${e.frag.level}, at ${video.currentTime} s)` : '';
		if (!harmless(video, e)) failed(`${e.details}${e.fatal ? ', fatal' : ''}${where}: ${e.reason ?? e.error?.message}`);
	});
	let closed = []; // captions in the pictures, which become tracks when the first is seen
	hls.once(Hls.Events.MANIFEST_LOADED, (_, { captions }) => { closed = captions ?? []; });
	video.textTracks.addEventListener('addtrack', ({ track }) => { if (track.kind === 'captions') track.mode = 'showing'; });
	const parsed = new Promise((resolve) => hls.once(Hls.Events.MANIFEST_PARSED, resolve));
	hls.attachMedia(video);
	hls.loadSource(url);
	await patience(parsed, 'no manifest');
	hls.loadLevel = 0; // and so no other by itself
	return {
		renditions: () => hls.levels.map(({ width, height }) => ({ width, height })),
		select: (n) => { hls.currentLevel = n; },
		captions: () => [...hls.subtitleTracks, ...closed].map((t) => t.lang),
		caption: (n) => { hls.subtitleTrack = n; hls.subtitleDisplay = true; },
	};
}

// harmless tells of a busy machine, of loading that a seek has cut short, and of
// what hls.js reports at the start of plain files from ffmpeg too: a step over the
// time by which it places the first frame after zero, and a first segment that
// filled the buffer before it looked.
function harmless(video, { fatal, details }) {
	const e = Hls.ErrorDetails;
	const always = [e.BUFFER_STALLED_ERROR, e.INTERNAL_ABORTED];
	const atStart = [e.BUFFER_SEEK_OVER_HOLE, e.BUFFER_APPEND_NO_PROGRESS];
	return !fatal && (always.includes(details) || (atStart.includes(details) && video.currentTime < 0.3));
}
