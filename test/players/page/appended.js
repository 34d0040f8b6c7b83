// Keeps a copy of all media that the player appends to its source buffers, with
// the place on the timeline that the buffer gives it. Loaded before any player.
(() => {
	const appended = [];
	const types = new WeakMap();

	const addSourceBuffer = MediaSource.prototype.addSourceBuffer;
	MediaSource.prototype.addSourceBuffer = function (type) {
		const buffer = addSourceBuffer.call(this, type);
		types.set(buffer, type);
		return buffer;
	};

	const changeType = SourceBuffer.prototype.changeType;
	SourceBuffer.prototype.changeType = function (type) {
		changeType.call(this, type);
		types.set(this, type);
	};

	const appendBuffer = SourceBuffer.prototype.appendBuffer;
	SourceBuffer.prototype.appendBuffer = function (data) {
		const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data);
		const bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
		const part = { type: types.get(this), offset: this.timestampOffset, bytes };
		appended.push(part);
		if (this.mode === 'sequence') {
			// The browser chooses the place while it takes the media in.
			this.addEventListener('updateend', () => { part.offset = this.timestampOffset; }, { once: true });
		}
		appendBuffer.call(this, data);
	};

	// sendAppended hands the copies to the test, one after the other, and forgets them.
	globalThis.sendAppended = async (to) => {
		for (const { type, offset, bytes } of appended.splice(0)) {
			const about = new URLSearchParams({ type, offset });
			const answer = await fetch(`${to}?${about}`, { method: 'POST', body: bytes });
			if (!answer.ok) throw new Error(`${to}: ${answer.status}`);
		}
	};
})();
