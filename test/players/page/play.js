// What the test does with every player. A player is a module with
//   open(video, url, failed, keys): loads the playlist, with the keys by their ids
//     in hexadecimal digits; keeps at most BUFFER seconds ahead, adapts to nothing,
//     and calls failed(text) at every error;
//   renditions(): their sizes {width, height}, in an order that stays;
//   select(n): switches to a rendition at once;
//   caption(n): shows a caption track; captions(): their languages; text(cue): what
//     a cue shows, where that is not its text;
// and rate, the rate to play at, where that is not 4.
import { until, patience } from './until.js';

export async function play({ player, url, seeks, keyID, key, standAt, appendedTo }) {
	const report = { errors: [], seeks: [], renditions: [], languages: [], cues: [], skips: [], buffered: [], standing: [] };
	const failed = (text) => report.errors.push(text);
	const video = document.querySelector('video');
	document.querySelector('#name').textContent = `${player}: ${url}`;
	video.addEventListener('error', () => failed(`video element: ${video.error.message}`));
	try {
		const { open, rate = 4 } = await import(`./${player}.js`);
		const opened = await open(video, url, failed, keyID ? { [keyID]: key } : {});
		report.languages = opened.captions();
		if (report.languages.length > 0) opened.caption(0);
		video.playbackRate = rate; // the films are short, and the test shorter
		await advance(video, 0.2, 'play');
		for (const to of seeks) {
			report.seeks.push(await seek(video, to));
			await advance(video, 0.5, `after the seek to ${to}`);
		}
		await seek(video, 0);
		const text = opened.text ?? ((cue) => cue.text);
		await playThrough(video, report, text);
		report.duration = video.duration;
		const sizes = opened.renditions();
		for (let n = sizes.length - 1; n >= 0; n--) report.renditions[n] = await rendition(video, opened, n, sizes[n]);
		if (report.languages.length > 0) report.standing = await stand(video, text, standAt);
	} catch (e) {
		failed(`${e.message} (at ${video.currentTime} s, ready ${video.readyState}, buffered ${JSON.stringify(ranges(video))})`);
	}
	video.pause();
	await sendAppended(appendedTo);
	return report;
}

// advance plays on by some seconds.
async function advance(video, seconds, why) {
	const from = video.currentTime;
	await video.play();
	await until(() => video.currentTime > from + seconds || video.ended, `${why}: time does not advance from ${from}`);
}

// seek goes to a time, says where the player and its picture landed, and plays on.
async function seek(video, to) {
	video.pause();
	const done = new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }));
	const shown = new Promise((resolve) => {
		// What is shown first may be from before.
		const look = (_, { mediaTime }) => (Math.abs(mediaTime - to) < 0.3 ? resolve(mediaTime) : video.requestVideoFrameCallback(look));
		video.requestVideoFrameCallback(look);
	});
	video.currentTime = to;
	await patience(done, `seek to ${to}: no end`);
	const landed = video.currentTime;
	const picture = await patience(shown, `seek to ${to}: no picture of that time`);
	await video.play();
	return { to, landed, picture };
}

// playThrough plays to the end and notes where the player left a part out, and
// the captions that it showed.
async function playThrough(video, report, text) {
	report.from = video.currentTime;
	let last = { time: report.from, at: performance.now() };
	const seen = new Set();
	await video.play();
	await until(() => {
		const now = { time: video.currentTime, at: performance.now() };
		if (now.time - last.time > video.playbackRate * (now.at - last.at) / 1000 + 0.5) report.skips.push([last.time, now.time]);
		last = now;
		for (const cue of active(video)) note(report.cues, seen, cue, text(cue));
		return video.ended;
	}, 'play through: no end', 30);
	report.to = video.currentTime;
	report.buffered = ranges(video);
}

// active are the cues that are shown now.
function active(video) {
	return Array.from(video.textTracks).flatMap((track) => Array.from(track.activeCues ?? []));
}

// stand stops where a caption stands, and says what it reads.
async function stand(video, text, at) {
	await seek(video, at);
	video.pause();
	const read = () => active(video).map(text).filter((line) => line !== '');
	await until(() => read().length > 0, `no caption at ${at}`);
	return read();
}

function note(cues, seen, { startTime, endTime }, text) {
	const key = `${startTime} ${text}`;
	if (text !== '' && !seen.has(key)) cues.push({ text, from: startTime, to: endTime });
	seen.add(key);
}

// rendition switches to one in the middle of the film and says what size is shown.
async function rendition(video, opened, n, { width, height }) {
	await seek(video, n + 0.5);
	opened.select(n);
	const shown = () => video.videoWidth === width && video.videoHeight === height;
	await until(shown, `rendition ${n}: ${width}x${height} is not shown`);
	await advance(video, 0.5, `rendition ${n}`);
	return { width: video.videoWidth, height: video.videoHeight };
}

function ranges(video) {
	return Array.from(video.buffered, (_, i) => [video.buffered.start(i), video.buffered.end(i)]);
}
