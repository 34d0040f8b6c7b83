const PATIENCE = 20; // seconds that anything may take on a busy machine

// until asks a hundred times a second until done tells true.
export async function until(done, otherwise, seconds = PATIENCE) {
	const deadline = performance.now() + seconds * 1000;
	while (!done()) {
		if (performance.now() > deadline) throw new Error(otherwise);
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}

// patience waits for a promise.
export function patience(promise, otherwise) {
	const late = new Promise((_, reject) => setTimeout(() => reject(new Error(otherwise)), PATIENCE * 1000));
	return Promise.race([promise, late]);
}

// BUFFER is how far ahead, in seconds, a player may load: less than a film is
// long, so that seeks lead to what is not there yet.
export const BUFFER = 4;
