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
	player.configure({ abr: { enabled: false }, streaming: { rebufferingGoal: 0.1, updateIntervalSeconds: 0.05, failureCallback: failed } });
	player.configure(goal(0));
	const end = () => (video.buffered.length > 0 ? video.buffered.end(video.buffered.length - 1) : 0);
	try {
		await player.attach(video);
		await player.load(url);
		const tracks = player.getVariantTracks().toSorted((a, b) => a.bandwidth - b.bandwidth);
		report.renditions = tracks.length;
		for (const [n, rendition] of order.entries()) {
			player.selectVariantTrack(tracks[rendition], n === 0);
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
