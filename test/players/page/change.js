// Loads a film segment by segment in shaka-player and changes the rendition before each:
// order names them by their places in the order of their rates. Nothing is played.
import { until } from './until.js';

export async function change({ url, order, segmentSeconds, appendedTo }) {
	const report = { errors: [], buffered: [], renditions: 0 };
	const video = document.querySelector('video');
	await import('/js/shaka-player/dist/shaka-player.compiled.debug.js');
	const { shaka } = globalThis;
	shaka.polyfill.installAll();
	const player = new shaka.Player();
	const failed = (e) => report.errors.push(`shaka ${e.code}: ${JSON.stringify(e.data)}`);
	player.addEventListener('error', ({ detail }) => failed(detail));
	// The goal lies within the segment that is to be loaded, so that no other one is.
	const goal = (n) => ({ streaming: { bufferingGoal: (n + 0.5) * segmentSeconds } });
	// It begins with the lowest rendition, as the order does: one that is chosen later, when a
	// segment may be there already, would have that loaded twice.
	const lowest = { enabled: false, useNetworkInformation: false, defaultBandwidthEstimate: 1 };
	player.configure({ abr: lowest, streaming: { rebufferingGoal: 0.1, updateIntervalSeconds: 0.05, failureCallback: failed } });
	player.configure(goal(0));
	const end = () => (video.buffered.length > 0 ? video.buffered.end(video.buffered.length - 1) : 0);
	try {
		await player.attach(video);
		await player.load(url);
		const tracks = player.getVariantTracks().toSorted((a, b) => a.bandwidth - b.bandwidth);
		report.renditions = tracks.length;
		const first = tracks.findIndex((t) => t.active);
		if (first !== order[0]) report.errors.push(`the player begins with rendition ${first}`);
		for (const [n, rendition] of order.entries()) {
			if (n > 0) player.selectVariantTrack(tracks[rendition], false);
			player.configure(goal(n));
			await until(() => end() > (n + 0.9) * segmentSeconds, `segment ${n} is not loaded: ${end()}`);
		}
	} catch (e) {
		report.errors.push(String(e.message ?? e));
	}
	report.buffered = Array.from(video.buffered, (_, i) => [video.buffered.start(i), video.buffered.end(i)]);
	await sendAppended(appendedTo);
	return report;
}
